"use client";

import { ArrowLeftRight } from "lucide-react";
import { useMemo, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { oneOfSeveral, sharedJob } from "@/jobs/access";
import { useJob } from "@/jobs/use-job";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";

import { tokenIn, type Chosen, type FileRef } from "./address";
import type { Choice } from "./choices";

const LINKED = "link"; // no id of a job is as short

type Props = { chosen: Chosen; choices: readonly Choice[]; onChoose: (chosen: Chosen) => void };

/** Which two files are compared. */
export function Chooser({ chosen, choices, onChoose }: Props) {
  const t = useTranslations("compare");
  return (
    <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] sm:items-start print:hidden">
      <FileChoice
        {...{ choices }}
        name="a"
        label={t("file", { letter: "1" })}
        value={chosen.a}
        onChange={(a) => onChoose({ ...chosen, a })}
      />
      <Button
        aria-label={t("swap")}
        title={t("swap")}
        className="min-h-11! justify-self-start sm:mt-6"
        onClick={() => onChoose({ a: chosen.b, b: chosen.a })}
      >
        <ArrowLeftRight aria-hidden className="size-4 max-sm:rotate-90" />
      </Button>
      <FileChoice
        {...{ choices }}
        name="b"
        label={t("file", { letter: "2" })}
        value={chosen.b}
        onChange={(b) => onChoose({ ...chosen, b })}
      />
    </div>
  );
}

/** A file that the address names and that is not in the list. */
function Linked({ file }: { file: Exclude<FileRef, ""> }) {
  const t = useTranslations("compare");
  const token = "token" in file ? file.token : null;
  const id = "id" in file ? file.id : "";
  const access = useMemo(() => (token === null ? oneOfSeveral(id) : sharedJob(token)), [id, token]);
  const { answer } = useJob(token ?? id, access);
  const name = answer?.metadata.original_filename;
  if (token === null) return <option value={id}>{name ?? t("linked")}</option>;
  return <option value={LINKED}>{name === undefined ? t("linked") : t("shared", { name })}</option>;
}

type FileProps = {
  name: string;
  label: string;
  value: FileRef;
  choices: readonly Choice[];
  onChange: (file: FileRef) => void;
};

function FileChoice({ name, label, value, choices, onChange }: FileProps) {
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <FromList {...{ name, label, value, choices, onChange }} />
      <FromLink {...{ name, onChange }} />
    </div>
  );
}

/** A share link that somebody sent takes the place of the chosen file as soon as it is complete. */
function FromLink({ name, onChange }: Pick<FileProps, "name" | "onChange">) {
  const t = useTranslations("compare");
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  return (
    <Field
      label={t("link")}
      name={`link-${name}`}
      type="text"
      inputMode="url"
      autoComplete="off"
      placeholder="https://…/s/#…"
      error={wrong ? t("linkWrong") : undefined}
      value={text}
      onValueChange={(typed) => {
        setText(typed);
        setWrong(false);
        const token = tokenIn(typed);
        if (token === null) return;
        setText("");
        onChange({ token });
      }}
      onBlur={() => setWrong(text.trim() !== "")}
    />
  );
}

function FromList({ label, value, choices, onChange }: FileProps) {
  const t = useTranslations("compare");
  const format = useFormatter();
  const shown = value === "" ? "" : "token" in value ? LINKED : value.id;
  const listed = shown === "" || choices.some(({ id }) => id === shown);
  const take = (id: string) => {
    if (id !== LINKED) onChange(id === "" ? "" : { id });
  };
  return (
    <label className="flex min-w-0 flex-col gap-1 text-sm font-medium">
      {label}
      <select
        value={shown}
        onChange={(event) => take(event.currentTarget.value)}
        className="min-h-11 w-full rounded-control border border-control bg-surface px-2 font-normal"
      >
        <option value="">{t("choose")}</option>
        {!listed && value !== "" && <Linked file={value} />}
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
