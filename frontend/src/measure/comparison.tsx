"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import type { Evaluation } from "@/api/schema";
import { Problem } from "@/failures/problem";
import { Card } from "@/ui/card";
import { FiguresTable } from "@/ui/figures-table";
import { PageHeading } from "@/ui/page-heading";
import { Waiting } from "@/ui/waiting";

import { useFigures } from "./figures";
import { useComparison } from "./use-evaluations";

/** Two evaluations on the files that both have: verdicts that differ, and whether one is better. */
export function ComparisonView({ a, b }: { a: string; b: string }) {
  const t = useTranslations("measure");
  const { auc, number, probability } = useFigures();
  const { data, error } = useComparison(a, b);
  if (error !== null) return <Problem error={error} gone={t("gone")} />;
  if (data === undefined) return <Waiting />;
  const difference = data.auc_difference;
  const interval = data.auc_difference_interval;
  return (
    <div className="flex flex-col gap-4">
      <div>
        <PageHeading>{t("compare.title")}</PageHeading>
        <p className="mt-1">
          <Name letter="A" one={data.a} />
          <br />
          <Name letter="B" one={data.b} />
        </p>
        <p className="mt-2">
          <Link href="/measure/" className="underline">
            {t("all")}
          </Link>
        </p>
      </div>
      <Card title={t("figures")}>
        <ul className="flex flex-col gap-2">
          <li>{t("compare.flips", { flips: data.flips, files: data.files })}</li>
          <li>
            {t("compare.right", {
              a: data.only_a_right,
              b: data.only_b_right,
              p: probability(data.mcnemar_p),
            })}
          </li>
          <li>
            {difference === null
              ? t("compare.noAuc")
              : t("compare.auc", {
                  a: auc(data.auc_a, null),
                  b: auc(data.auc_b, null),
                  difference: number(difference, 3),
                  interval: interval === null ? "none" : interval.map((end) => number(end, 3)).join(" / "),
                })}
          </li>
        </ul>
        <p className="mt-3 max-w-prose text-sm text-muted">{t("compare.hint")}</p>
      </Card>
      {data.withheld && <p className="max-w-prose text-muted">{t("withheld")}</p>}
      {data.flipped.length > 0 && (
        <Card title={t("compare.flipped")}>
          <FiguresTable
            words={4}
            caption={t("compare.flipped")}
            columns={[t("compare.file"), t("label.name"), "A", "B"]}
            rows={data.flipped.map((one) => [
              <Link
                key={one.sha256}
                href={`/media/?${new URLSearchParams({ id: one.media_id })}`}
                className="font-mono underline"
              >
                {one.sha256.slice(0, 12)}
              </Link>,
              t(one.fake ? "label.fake" : "label.real"),
              t(`verdict.${one.a}`),
              t(`verdict.${one.b}`),
            ])}
          />
        </Card>
      )}
    </div>
  );
}

function Name({ letter, one }: { letter: string; one: Evaluation }) {
  return (
    <>
      {letter}:{" "}
      <Link href={`/measure/?${new URLSearchParams({ id: one.id })}`} className="underline">
        {`${one.dataset}@${one.number}, ${one.bundle ?? ""} ${one.bundle_version ?? ""}`}
      </Link>
    </>
  );
}
