"use client";

import { ArrowLeftRight } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";

import { useJob } from "@/jobs/use-job";
import { Button } from "@/ui/button";

import type { Choice } from "./choices";

export type Chosen = { a: string; b: string };

type Props = { chosen: Chosen; choices: readonly Choice[]; onChoose: (chosen: Chosen) => void };

/** Which two files are compared. */
export function Chooser({ chosen, choices, onChoose }: Props) {
  const t = useTranslations("compare");
  return (
    <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] sm:items-end print:hidden">
      <FileChoice
        {...{ choices }}
        label={t("file", { letter: "1" })}
        value={chosen.a}
        onChange={(a) => onChoose({ ...chosen, a })}
      />
      <Button
        aria-label={t("swap")}
        title={t("swap")}
        className="min-h-11! justify-self-start"
        onClick={() => onChoose({ a: chosen.b, b: chosen.a })}
      >
        <ArrowLeftRight aria-hidden className="size-4 max-sm:rotate-90" />
      </Button>
      <FileChoice
        {...{ choices }}
        label={t("file", { letter: "2" })}
        value={chosen.b}
        onChange={(b) => onChoose({ ...chosen, b })}
      />
    </div>
  );
}

/** A file that the address names and that is not in the list. */
function Linked({ id }: { id: string }) {
  const t = useTranslations("compare");
  const { answer } = useJob(id);
  return <option value={id}>{answer?.metadata.original_filename ?? t("linked")}</option>;
}

type FileProps = {
  label: string;
  value: string;
  choices: readonly Choice[];
  onChange: (id: string) => void;
};

function FileChoice({ label, value, choices, onChange }: FileProps) {
  const t = useTranslations("compare");
  const format = useFormatter();
  const listed = value === "" || choices.some(({ id }) => id === value);
  return (
    <label className="flex min-w-0 flex-col gap-1 text-sm font-medium">
      {label}
      <select
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        className="min-h-11 w-full rounded-control border border-control bg-surface px-2 font-normal"
      >
        <option value="">{t("choose")}</option>
        {!listed && <Linked id={value} />}
        {choices.map(({ id, name, at }) => (
          <option key={id} value={id}>
            {t("choice", {
              name,
              at: format.dateTime(new Date(at), { dateStyle: "short", timeStyle: "short" }),
            })}
          </option>
        ))}
      </select>
    </label>
  );
}
