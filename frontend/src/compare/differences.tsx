"use client";

import { useTranslations } from "use-intl";

import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

import { aligned, useFacts } from "./facts";
import { FactsTable } from "./facts-table";
import type { Compared } from "./side";

/** What is known of both files, with what differs marked; and what that means for the comparison. */
export function Differences({ files: [one, other] }: { files: readonly [Compared, Compared] }) {
  const t = useTranslations("compare");
  const facts = useFacts();
  const same = one.answer.sha256 !== null && one.answer.sha256 === other.answer.sha256;
  const models = one.result.model.sha256 !== other.result.model.sha256;
  return (
    <>
      {same && <Notice>{t("sameFile")}</Notice>}
      {models && <Notice>{t("otherModel")}</Notice>}
      <Card title={t("differences")} aside={<p className="text-sm text-muted">{t("marked")}</p>}>
        <FactsTable
          heads={(["1", "2"] as const).map((letter) => t("file", { letter }))}
          rows={aligned(facts(one.answer, one.result), facts(other.answer, other.result))}
        />
      </Card>
    </>
  );
}
