"use client";

import { X } from "lucide-react";
import { useId, type ReactNode } from "react";
import { useTranslations } from "use-intl";

import { useTimeText } from "@/i18n/use-time-text";

import {
  BASES,
  KINDS_OF,
  toggled,
  VALUES,
  withAnswer,
  withPerson,
  type Draft,
  type Missing,
  type Value,
} from "./draft";

type Props = {
  draft: Draft;
  onChange: (change: (draft: Draft) => Draft) => void;
  /** Letters of the persons, who are asked about one by one where there are several. */
  persons: readonly string[];
  /** What was missing when the answer was to be handed in. */
  missing: readonly Missing[];
  /** Goes to the picture of a span or a region; null where there is no picture. */
  onGo: ((ms: number) => void) | null;
  /** Whether single keys choose an answer. */
  keyed: boolean;
};

/** What a reader answers, and what it stands on. */
export function AnswerForm({ draft, onChange, persons, missing, onGo, keyed }: Props) {
  const t = useTranslations("review");
  const kinds = draft.answer === null ? [] : KINDS_OF[draft.answer];
  const lacks = (what: Missing) => (missing.includes(what) ? t(`missing.${what}`) : null);
  return (
    <div className="flex flex-col gap-5">
      <Group legend={t("form.answer")} problem={lacks("answer")}>
        <Choice
          label={t("form.answer")}
          chosen={draft.answer}
          keyed={keyed}
          onChoose={(value) => onChange((now) => withAnswer(now, value))}
        />
      </Group>
      {kinds.length > 0 && (
        <Group legend={t("form.kinds")} hint={t("form.kindsHint")} problem={lacks("kind")}>
          <div className="grid gap-x-4 sm:grid-cols-2 lg:grid-cols-1 xl:grid-cols-2">
            {kinds.map((kind) => {
              const place = draft.kinds.indexOf(kind);
              return (
                <Check
                  key={kind}
                  checked={place >= 0}
                  onChange={() => onChange((now) => ({ ...now, kinds: toggled(now.kinds, kind) }))}
                >
                  {t(`kind.${kind}`)}
                  {place >= 0 && draft.kinds.length > 1 && (
                    <span className="ml-1 text-muted tabular-nums">({place + 1})</span>
                  )}
                </Check>
              );
            })}
          </div>
        </Group>
      )}
      {persons.length > 1 && (
        <Group legend={t("form.persons")} hint={t("form.personsHint")} problem={null}>
          <div className="flex flex-col gap-2">
            {persons.map((letter) => (
              <label key={letter} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
                <span className="w-20 font-medium">{t("person", { letter })}</span>
                <select
                  value={draft.perPerson[letter] ?? ""}
                  onChange={({ currentTarget: { value } }) =>
                    onChange((now) => withPerson(now, letter, value === "" ? null : (value as Value)))
                  }
                  className={`${FIELD} min-w-0 flex-1 basis-40`}
                >
                  <option value="">{t("form.asFile")}</option>
                  {VALUES.map((value) => (
                    <option key={value} value={value}>
                      {t(`value.${value}`)}
                    </option>
                  ))}
                </select>
              </label>
            ))}
          </div>
        </Group>
      )}
      <Places draft={draft} onChange={onChange} problem={lacks("span")} onGo={onGo} />
      <Group legend={t("form.basis")} hint={t("form.basisHint")} problem={lacks("basis")}>
        {BASES.map((basis) => (
          <Check
            key={basis}
            checked={draft.basis.includes(basis)}
            onChange={() => onChange((now) => ({ ...now, basis: toggled(now.basis, basis) }))}
          >
            {t(`basis.${basis}`)}
          </Check>
        ))}
      </Group>
      <Lines
        label={t("form.links")}
        hint={t("form.linksHint")}
        value={draft.links}
        problem={lacks("link") ?? lacks("original")}
        onChange={(links) => onChange((now) => ({ ...now, links }))}
      />
      <Lines
        label={t("form.note")}
        value={draft.note}
        problem={null}
        onChange={(note) => onChange((now) => ({ ...now, note }))}
      />
    </div>
  );
}

const FIELD =
  "min-h-11 rounded-control border border-control bg-surface px-3 text-base text-text pointer-fine:min-h-9 pointer-fine:text-sm";
const LONGEST = 4000; // characters, as the API takes them

type GroupProps = { legend: string; hint?: string; problem: string | null; children: ReactNode };

function Group({ legend, hint, problem, children }: GroupProps) {
  const said = useId();
  return (
    <fieldset aria-describedby={problem === null ? undefined : said} className="min-w-0">
      <legend className="mb-1 font-semibold">{legend}</legend>
      {hint !== undefined && <p className="mb-1 text-sm text-muted">{hint}</p>}
      {children}
      {problem !== null && (
        <p id={said} className="mt-1 text-sm text-danger">
          {problem}
        </p>
      )}
    </fieldset>
  );
}

type ChoiceProps = { label: string; chosen: Value | null; keyed: boolean; onChoose: (value: Value) => void };

function Choice({ label, chosen, keyed, onChoose }: ChoiceProps) {
  const t = useTranslations("review");
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className="grid gap-2 sm:grid-cols-2">
      {VALUES.map((value, index) => (
        <label
          key={value}
          className="flex min-h-11 items-center gap-3 rounded-control border border-control px-3 text-sm font-medium has-checked:border-text has-checked:bg-sunken pointer-fine:min-h-9"
        >
          <input
            type="radio"
            name={name}
            checked={chosen === value}
            onChange={() => onChoose(value)}
            className="size-6 accent-text"
          />
          <span className="min-w-0 flex-1">{t(`value.${value}`)}</span>
          {keyed && (
            <kbd
              aria-hidden
              className="hidden rounded border border-control bg-sunken px-1.5 font-sans text-xs pointer-fine:inline-block"
            >
              {index + 1}
            </kbd>
          )}
        </label>
      ))}
    </div>
  );
}

type CheckProps = { checked: boolean; onChange: () => void; children: ReactNode };

function Check({ checked, onChange, children }: CheckProps) {
  return (
    <label className="flex min-h-11 items-center gap-3 text-sm pointer-fine:min-h-8">
      <input type="checkbox" checked={checked} onChange={onChange} className="size-6 shrink-0 accent-text" />
      <span>{children}</span>
    </label>
  );
}

type LinesProps = {
  label: string;
  hint?: string;
  value: string;
  problem: string | null;
  onChange: (text: string) => void;
};

function Lines({ label, hint, value, problem, onChange }: LinesProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-semibold">
        {label}
      </label>
      {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
      <textarea
        id={id}
        rows={2}
        value={value}
        maxLength={LONGEST}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        onChange={(event) => onChange(event.currentTarget.value)}
        className={`${FIELD} py-2`}
      />
      {problem !== null && (
        <p id={`${id}-problem`} className="text-sm text-danger">
          {problem}
        </p>
      )}
    </div>
  );
}

type PlacesProps = Pick<Props, "draft" | "onChange" | "onGo"> & { problem: string | null };

/** The spans of time and the regions that were marked; each can be gone to and taken away. */
function Places({ draft, onChange, problem, onGo }: PlacesProps) {
  const t = useTranslations("review.form");
  const time = useTimeText();
  if (draft.spans.length === 0 && draft.regions.length === 0 && problem === null) return null;
  const without = <T,>(list: readonly T[], place: number) => list.filter((_, index) => index !== place);
  return (
    <Group legend={t("places")} problem={problem}>
      <ul className="flex flex-col gap-1">
        {draft.spans.map(({ start, end }, index) => (
          <Place
            key={`span ${index}`}
            text={t("span", { from: time(1000 * start), to: time(1000 * end) })}
            onGo={onGo === null ? null : () => onGo(1000 * start)}
            onRemove={() => onChange((now) => ({ ...now, spans: without(now.spans, index) }))}
          />
        ))}
        {draft.regions.map(({ selector }, index) => {
          const seconds = /^t=([\d.]+)&/.exec(selector)?.[1];
          const at = seconds === undefined ? null : 1000 * Number(seconds);
          return (
            <Place
              key={`region ${index}`}
              text={
                at === null
                  ? t("region", { number: index + 1 })
                  : t("regionAt", { number: index + 1, time: time(at) })
              }
              onGo={onGo === null || at === null ? null : () => onGo(at)}
              onRemove={() => onChange((now) => ({ ...now, regions: without(now.regions, index) }))}
            />
          );
        })}
      </ul>
    </Group>
  );
}

type PlaceProps = { text: string; onGo: (() => void) | null; onRemove: () => void };

function Place({ text, onGo, onRemove }: PlaceProps) {
  const t = useTranslations("review.form");
  return (
    <li className="flex items-center justify-between gap-2 rounded-control bg-sunken pl-3 text-sm">
      {onGo === null ? (
        <span>{text}</span>
      ) : (
        <button type="button" onClick={onGo} className="min-h-11 text-left underline pointer-fine:min-h-8">
          {text}
        </button>
      )}
      <button
        type="button"
        aria-label={t("remove", { what: text })}
        title={t("remove", { what: text })}
        onClick={onRemove}
        className="inline-flex size-11 shrink-0 items-center justify-center rounded-control text-muted hover:text-text pointer-fine:size-8"
      >
        <X aria-hidden className="size-4" />
      </button>
    </li>
  );
}
