"use client";

import { Search as Glass } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";

import { LONGEST_SEARCH } from "@/history/query";

const PAUSE_MS = 300;

type Props = { search: string; onSearch: (text: string) => void };

/** The search by name; it searches after a pause in typing, or at once on Enter. */
export function Search({ search, onSearch }: Props) {
  const t = useTranslations("history.search");
  const [text, setText] = useState(search);
  const [seen, setSeen] = useState(search);
  if (search !== seen) {
    // The address has changed, by this field or by going back; spaces being typed are no change.
    setSeen(search);
    if (search !== text.trim()) setText(search);
  }

  useEffect(() => {
    if (text.trim() === search) return;
    const timer = setTimeout(() => onSearch(text), PAUSE_MS);
    return () => clearTimeout(timer);
  });

  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text);
      }}
      className="relative min-w-0 flex-1 basis-56"
    >
      <Glass
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-3 size-5 -translate-y-1/2 text-muted"
      />
      <input
        type="search"
        name="q"
        value={text}
        maxLength={LONGEST_SEARCH}
        aria-label={t("label")}
        placeholder={t("placeholder")}
        autoComplete="off"
        enterKeyHint="search"
        onChange={(event) => setText(event.target.value)}
        className="min-h-11 w-full rounded-control border border-control bg-surface pr-3 pl-10 text-base text-text placeholder:text-muted pointer-fine:min-h-9"
      />
    </form>
  );
}
