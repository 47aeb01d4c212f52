"use client";

import { useLocale, useTranslations } from "use-intl";

import type { Medium } from "@/api/schema";
import { bytes } from "@/i18n/format";
import { Human } from "@/library/list/human";
import { Keeps } from "@/library/list/keeps";
import { Machine } from "@/library/list/machine";
import { FactList } from "@/result/panels";
import { Card } from "@/ui/card";

import { useMoment } from "./analyses";

/** What is known of a file, by the machine and by people. */
export function Facts({ medium, now }: { medium: Medium; now: Date }) {
  const t = useTranslations("library");
  const locale = useLocale();
  const moment = useMoment();
  return (
    <Card title={t("medium.facts")}>
      <FactList
        facts={[
          {
            name: t("column.machine"),
            value: <Machine verdict={medium.verdict} score={medium.score} withheld={medium.withheld} />,
          },
          { name: t("column.human"), value: <Human label={medium.label} withheld={medium.withheld} /> },
          { name: t("column.keeps"), value: <Keeps medium={medium} now={now} /> },
          { name: t("medium.fact.kind"), value: t(`kind.${medium.kind}`) },
          { name: t("medium.fact.size"), value: bytes(medium.size_bytes, locale) },
          { name: t("medium.fact.first"), value: moment(medium.first_at) },
          { name: t("medium.fact.seen"), value: moment(medium.seen_at) },
          { name: t("medium.fact.sentBy"), value: medium.sent_by },
          { name: t("medium.fact.host"), value: medium.host },
          {
            name: "SHA-256",
            value: <code className="text-xs [overflow-wrap:anywhere]">{medium.sha256}</code>,
          },
        ]}
      />
    </Card>
  );
}
