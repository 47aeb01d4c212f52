"use client";

import { useTranslations } from "use-intl";

import { Dialog } from "@/ui/dialog";

import { FIELDS, written } from "./fields";

const KEYS = ["j", "k", "x", "X", "Enter", "/", "?"] as const;
const NAMED: Record<(typeof KEYS)[number], "down" | "up" | "choose" | "range" | "open" | "search" | "help"> =
  {
    j: "down",
    k: "up",
    x: "choose",
    X: "range",
    Enter: "open",
    "/": "search",
    "?": "help",
  };
const RULES = ["and", "not", "or", "range", "quoted", "name"] as const;
const RULE_EXAMPLES: Record<(typeof RULES)[number], string> = {
  and: "verdict:manipulated people>1",
  not: "-label:any",
  or: "(verdict:inconclusive OR held:yes)",
  range: "score:0.4..0.6",
  quoted: '"press conference"',
  name: "clip",
};

type Props = { open: boolean; onOpenChange: (open: boolean) => void; onTry: (q: string) => void };

/** The query language with examples that can be tried, and the keys of the list. */
export function Help({ open, onOpenChange, onTry }: Props) {
  const t = useTranslations("library");
  const example = (q: string) => (
    <button
      key={q}
      type="button"
      onClick={() => onTry(q)}
      className="inline-flex min-h-11 items-center rounded-control border border-line bg-sunken px-2 text-left font-mono text-xs [overflow-wrap:anywhere] hover:border-control pointer-fine:min-h-7"
    >
      {q}
    </button>
  );
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("help.title")} description={t("help.text")}>
      <h3 className="text-sm font-semibold">{t("help.rules")}</h3>
      <dl className="mt-2 flex flex-col gap-2 text-sm">
        {RULES.map((rule) => (
          <div key={rule} className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <dt>{example(RULE_EXAMPLES[rule])}</dt>
            <dd className="text-muted">{t(`help.rule.${rule}`)}</dd>
          </div>
        ))}
      </dl>
      <h3 className="mt-4 text-sm font-semibold">{t("help.fields")}</h3>
      <dl className="mt-2 flex flex-col gap-3 text-sm">
        {FIELDS.map(({ name, values }) => (
          <div key={name}>
            <dt>{t(`field.${name}`)}</dt>
            <dd className="mt-1 flex flex-wrap gap-1">
              {values.map((value) => example(written(name, value)))}
            </dd>
          </div>
        ))}
      </dl>
      <h3 className="mt-4 text-sm font-semibold">{t("help.keys")}</h3>
      <dl className="mt-2 grid grid-cols-[auto_1fr] items-baseline gap-x-6 gap-y-2 text-sm">
        {KEYS.map((key) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="inline-block rounded border border-control bg-sunken px-2 py-0.5 font-sans">
                {key === "X" ? "Shift+x" : key}
              </kbd>
            </dt>
            <dd>{t(`help.key.${NAMED[key]}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
