"use client";

import { CircleHelp, Search as Glass } from "lucide-react";
import { useId, useState, type KeyboardEvent, type RefObject } from "react";
import { flushSync } from "react-dom";
import { useTranslations } from "use-intl";

import { LONGEST_QUERY } from "@/library/query";
import { Button } from "@/ui/button";

import { suggestions } from "./fields";

type Props = {
  q: string;
  onSearch: (q: string) => void;
  onHelp: () => void;
  field: RefObject<HTMLInputElement | null>;
  /** The id of what says what is wrong with the query; absent where nothing is. */
  problem?: string | undefined;
};

/** The search in the query language, which offers fields and their values for the word that is being typed. */
export function Search({ q, onSearch, onHelp, field, problem }: Props) {
  const t = useTranslations("library.search");
  const list = useId();
  const [text, setText] = useState(q);
  const [seen, setSeen] = useState(q);
  const [cursor, setCursor] = useState<number | null>(null);
  const [active, setActive] = useState(-1);
  if (q !== seen) {
    setSeen(q);
    if (q !== text.trim()) setText(q);
  }
  const offered = cursor === null ? [] : suggestions(text, cursor);
  const marked = active < offered.length ? active : -1;

  const take = (place: number) => {
    const chosen = offered[place];
    if (chosen === undefined) return;
    const end = chosen.from + chosen.text.length;
    // At once, so that the next key comes after what was taken.
    flushSync(() => {
      setText(text.slice(0, chosen.from) + chosen.text + text.slice(chosen.to));
      setCursor(end);
      setActive(-1);
    });
    field.current?.setSelectionRange(end, end);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Escape" && offered.length > 0) setCursor(null);
    else if (event.key === "ArrowDown" && offered.length > 0) setActive((marked + 1) % offered.length);
    else if (event.key === "ArrowUp" && offered.length > 0)
      setActive((marked <= 0 ? offered.length : marked) - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && marked >= 0) take(marked);
    else return;
    event.preventDefault();
  };
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        setCursor(null);
        onSearch(text.trim());
      }}
      className="flex min-w-0 flex-1 basis-72 gap-2"
    >
      <div className="relative min-w-0 flex-1">
        <Glass
          aria-hidden
          className="pointer-events-none absolute top-1/2 left-3 size-5 -translate-y-1/2 text-muted"
        />
        <input
          ref={field}
          type="text"
          role="combobox"
          name="q"
          value={text}
          maxLength={LONGEST_QUERY}
          aria-label={t("label")}
          aria-expanded={offered.length > 0}
          aria-controls={offered.length > 0 ? list : undefined}
          aria-autocomplete="list"
          aria-activedescendant={marked >= 0 ? `${list}-${marked}` : undefined}
          aria-invalid={problem !== undefined}
          aria-describedby={problem}
          placeholder={t("placeholder")}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          enterKeyHint="search"
          onChange={(event) => {
            setText(event.target.value);
            setCursor(event.target.selectionStart);
            setActive(-1);
          }}
          onKeyDown={pressed}
          onBlur={() => setCursor(null)}
          className="min-h-11 w-full rounded-control border border-control bg-surface pr-3 pl-10 text-base text-text placeholder:text-muted aria-invalid:border-danger pointer-fine:min-h-9"
        />
        {offered.length > 0 && (
          <ul
            id={list}
            role="listbox"
            aria-label={t("suggestions")}
            className="absolute top-full left-0 z-20 mt-1 w-max max-w-full min-w-48 rounded-card border border-line bg-surface p-1 shadow-popover"
          >
            {offered.map((one, place) => (
              <li
                key={one.text}
                id={`${list}-${place}`}
                role="option"
                aria-selected={place === marked}
                onPointerDown={(event) => {
                  event.preventDefault(); // the field keeps the focus
                  take(place);
                }}
                className={`flex min-h-11 cursor-pointer items-center rounded-control px-3 text-sm pointer-fine:min-h-8 ${place === marked ? "bg-sunken outline-2 -outline-offset-2 outline-text" : "hover:bg-sunken"}`}
              >
                {one.text}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Button type="submit">{t("action")}</Button>
      <Button look="quiet" aria-label={t("help")} title={t("help")} onClick={onHelp} className="px-2">
        <CircleHelp aria-hidden className="size-5" />
      </Button>
    </form>
  );
}
