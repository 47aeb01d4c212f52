"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { AnalysisResult } from "@/api/schema";
import { Notice } from "@/ui/notice";

import { dateOf } from "./dates";
import { signedStatement, signerOf } from "./signed-statement";

/** The sentence above the verdict: what a trusted record says of AI. Nothing for any other file. */
export function SignedNotice({ result }: { result: AnalysisResult }) {
  const t = useTranslations("provenance");
  const format = useFormatter();
  const said = signedStatement(result.provenance);
  if (said === null) return null;
  const signer = signerOf(said) ?? "?";
  const date = dateOf(said.signed_at);
  const by =
    date === null ? signer : t("by", { signer, date: format.dateTime(date, { dateStyle: "medium" }) });
  return (
    <div className="mb-4 sm:mb-6">
      <Notice>
        <p className="font-semibold">{t(`signed.${said.use}`, { by })}</p>
      </Notice>
    </div>
  );
}
