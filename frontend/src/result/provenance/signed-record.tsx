"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { SignedRecord } from "@/api/schema";
import { FactList } from "@/result/trust/fact-list";

import { dateOf } from "./dates";
import { signerOf } from "./signed-statement";

/** The record's state in a sentence, and what it says; of one that does not hold, only what failed. */
export function SignedRecordPart({ record }: { record: SignedRecord }) {
  const t = useTranslations("provenance");
  const problems = record.problems ?? [];
  const failed = record.state === "invalid" || record.state === "unreadable";
  const elsewhere = record.remote_url ?? null;
  return (
    <>
      <p className="mb-3">{t(`state.${wordsFor(record)}`)}</p>
      <FactList
        facts={[
          ...useStatements(record),
          { name: t("problems"), value: failed ? problems.join(", ") : null },
          { name: t("elsewhere"), value: elsewhere && t("elsewhereText", { url: elsewhere }) },
        ]}
      />
    </>
  );
}

function wordsFor({ state, trust_list: list, trust_lists: lists }: SignedRecord) {
  if (state === "trusted" && list === "interim") return "interim";
  const signers = (lists ?? []).some((kind) => kind !== "time-stamps");
  return state === "unknown_signer" && !signers ? "noList" : state;
}

function useStatements(record: SignedRecord) {
  const t = useTranslations("provenance");
  const format = useFormatter();
  if (record.state !== "trusted" && record.state !== "unknown_signer") return [];
  const date = dateOf(record.signed_at);
  const source = record.time_source ?? null;
  const time =
    date === null || source === null
      ? t("time.none")
      : t(`time.${source}`, { date: format.dateTime(date, { dateStyle: "medium", timeStyle: "short" }) });
  const actions = (record.actions ?? []).map((one) =>
    [one.action.replace(/^c2pa\./, ""), one.software].filter(Boolean).join(": "),
  );
  const parts = (record.ingredients ?? []).map((one) =>
    t("ingredient", { title: one.title ?? t("untitled"), state: one.state }),
  );
  const listed = (texts: string[], more: number) =>
    texts.length === 0 ? null : [...texts, ...(more > 0 ? [t("more", { count: more })] : [])].join("; ");
  return [
    { name: t("ai"), value: record.ai ? t(`use.${record.ai.use}`) : null },
    { name: t("signer"), value: signerOf(record) },
    { name: t("signedAt"), value: time },
    { name: t("tool"), value: record.tool ?? null },
    { name: t("actions"), value: listed(actions, record.actions_left_out ?? 0) },
    { name: t("ingredients"), value: listed(parts, record.ingredients_left_out ?? 0) },
  ];
}
