"use client";

import { useTranslations } from "use-intl";

import { Card } from "@/ui/card";
import { Notice } from "@/ui/notice";

import { paired, useFacts, type Pair } from "./facts";
import type { Compared } from "./side";

/** What is known of both files, with what differs marked; and what that means for the comparison. */
export function Differences({ files: [one, other] }: { files: readonly [Compared, Compared] }) {
  const t = useTranslations("compare");
  const facts = useFacts();
  const pairs = paired(facts(one.answer, one.result), facts(other.answer, other.result));
  const same = one.answer.sha256 !== null && one.answer.sha256 === other.answer.sha256;
  const models = one.result.model.sha256 !== other.result.model.sha256;
  return (
    <>
      {same && <Notice>{t("sameFile")}</Notice>}
      {models && <Notice>{t("otherModel")}</Notice>}
      <Card title={t("differences")} aside={<p className="text-sm text-muted">{t("marked")}</p>}>
        <table className="w-full table-fixed text-sm max-sm:text-xs">
          <thead>
            <tr className="text-left text-muted">
              <th scope="col" className="w-[30%] pr-3 sm:w-1/4 pb-2 font-medium">
                {t("fact")}
              </th>
              {(["1", "2"] as const).map((letter) => (
                <th key={letter} scope="col" className="pr-3 pb-2 font-medium last:pr-0">
                  {t("file", { letter })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {pairs.map((pair) => (
              <Line key={pair.name} pair={pair} />
            ))}
          </tbody>
        </table>
      </Card>
    </>
  );
}

function Line({ pair: { name, values, differs } }: { pair: Pair }) {
  const t = useTranslations("compare");
  return (
    <tr className={`border-t border-line align-top ${differs ? "bg-sunken" : ""}`}>
      <th scope="row" className="py-2 pr-3 text-left font-normal hyphens-auto text-muted">
        {differs && (
          <>
            <span aria-hidden className="mr-1 font-semibold text-text">
              ≠
            </span>
            <span className="sr-only">{t("differs")}: </span>
          </>
        )}
        {name}
      </th>
      {values.map((value, index) => (
        <td
          key={index}
          className={`py-2 pr-3 [overflow-wrap:anywhere] last:pr-0 ${differs ? "font-semibold" : ""}`}
        >
          {value ?? "–"}
        </td>
      ))}
    </tr>
  );
}
