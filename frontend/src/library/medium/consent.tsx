"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { useMay } from "@/api/queries";
import type { Medium } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field } from "@/ui/field";

import { useMoment } from "./analyses";
import { useChange } from "./use-medium";

const LONGEST = 64; // characters

/** Whether a file was given for research, and by which text; recorded and taken back. */
export function Consent({ medium }: { medium: Medium }) {
  const t = useTranslations("library.medium");
  const failed = useFailureText();
  const moment = useMoment();
  const may = useMay("comment") && medium.deleted_at === null;
  const change = useChange(medium);
  const [text, setText] = useState("");
  const given = medium.research_consent;
  const put = (version: string | null) => !change.isPending && change.mutate({ kind: "consent", version });
  return (
    <Card title={t("consent")}>
      <p className="text-sm text-muted">{t("consentText")}</p>
      <p className="mt-2 [overflow-wrap:anywhere]">
        {given === null
          ? t("consentNone")
          : t("consentGiven", { at: moment(given.at), version: given.text_version })}
      </p>
      {may && given === null && (
        <form
          className="mt-3 flex flex-col items-start gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() !== "") put(text.trim());
          }}
        >
          <Field
            name="consent"
            label={t("consentVersion")}
            hint={t("consentHint")}
            value={text}
            maxLength={LONGEST}
            autoComplete="off"
            onChange={({ target }) => setText(target.value)}
          />
          <Button type="submit" aria-disabled={change.isPending || text.trim() === ""}>
            {t("consentRecord")}
          </Button>
        </form>
      )}
      {may && given !== null && (
        <Button className="mt-3" onClick={() => put(null)} aria-disabled={change.isPending}>
          {t("consentWithdraw")}
        </Button>
      )}
      {change.error !== null && (
        <p role="alert" className="mt-2 text-sm text-danger">
          {failed(failureOf(change.error))}
        </p>
      )}
    </Card>
  );
}
