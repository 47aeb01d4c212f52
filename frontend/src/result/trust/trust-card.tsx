"use client";

import Link from "next/link";
import { useFormatter, useLocale, useTranslations } from "use-intl";

import { useLimits } from "@/api/queries";
import type { AnalysisResult, ModelCard, ResultAnswer } from "@/api/schema";
import { decimals, percent } from "@/i18n/format";
import { useSetName } from "@/i18n/set-name";
import { Card } from "@/ui/card";

import { byOwnRule, cardOf, errorRates, type Count, type ErrorRates } from "./error-rates";
import { FactList } from "./fact-list";

type Props = { answer: ResultAnswer; result: AnalysisResult };
type RatesProps = { card: ModelCard; result: AnalysisResult; kind: "image" | "video" };

/** Limits of the verdict, always open: error rates per test set, what was looked at and what not, versions. */
export function TrustCard({ answer, result }: Props) {
  const t = useTranslations("result.trust");
  const limits = useLimits();
  const card = cardOf(result, limits.data?.model);
  const scored = result.tracks.length > 0; // error rates are those of verdicts
  return (
    <Card title={t("title")} id="trust">
      <div className="flex flex-col gap-6">
        {card !== null && scored && <Rates {...{ card, result }} kind={answer.media_type} />}
        {card === null && scored && limits.data !== undefined && (
          <p>{t("otherModel", { bundle: result.model.bundle ?? "", version: result.model.version ?? "" })}</p>
        )}
        <FactList facts={useFacts(answer, result)} />
        <Link
          href="/limits/"
          className="inline-flex min-h-11 items-center self-start underline pointer-fine:min-h-6"
        >
          {t("more")}
        </Link>
      </div>
    </Card>
  );
}

function useFacts(answer: ResultAnswer, result: AnalysisResult) {
  const t = useTranslations("result.trust");
  const format = useFormatter();
  const { frames_sampled: sampled, frames_with_face: withFace, frames_used_for_score: used, model } = result;
  const video = answer.media_type === "video" && !result.marked;
  const { damaged_packets: damaged, faces_left_out: leftOut, smallest_face_px: smallest } = result;
  const others = result.media.other_streams;
  const seconds = video ? secondsBetween(result) : null;
  const looked = [
    video ? t("lookedFrames", { sampled, withFace, used }) : t("lookedPhoto", { faces: result.faces }),
    ...(seconds
      ? [
          t("between", {
            seconds: format.number(seconds, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
          }),
        ]
      : []),
    ...(smallest ? [t("smallest", { pixels: Math.round(smallest) })] : []),
    ...(leftOut > 0 ? [t("leftOut", { count: leftOut })] : []),
    ...(damaged > 0 ? [t("damaged", { count: damaged })] : []),
    ...(others > 0 ? [t("otherStreams", { count: others })] : []),
  ];
  return [
    { name: t("looked"), value: looked.join("; ") },
    { name: t("notLooked"), value: t("notLookedText") },
    {
      name: t("versions"),
      value: [model.bundle, model.version, t("pipeline", { version: result.pipeline_version })]
        .filter(Boolean)
        .join(", "),
    },
    {
      name: t("policy"),
      value: result.policy
        ? t("policyText", { number: result.policy.number, name: result.policy.name })
        : null,
    },
    { name: t("modelHash"), value: <Hash value={model.sha256} /> },
    { name: t("fileHash"), value: <Hash value={answer.sha256} /> },
  ];
}

/** How far the frames that were looked at are apart; null where that is less than anybody notices. */
function secondsBetween({ media, frames_sampled: sampled }: AnalysisResult): number | null {
  const seconds = media.duration_ms / 1000 / Math.max(1, sampled);
  return media.frame_count > sampled && seconds >= NOTICED_SECONDS ? seconds : null;
}

function Hash({ value }: { value: string | null }) {
  return value === null ? null : <code className="text-xs">{value}</code>;
}

/** By which rule the rates were measured, where the file was judged by another. */
function useRuleWords(card: ModelCard, result: AnalysisResult): string {
  const t = useTranslations("result.trust");
  const locale = useLocale();
  const ends = [...card.own_abstain_band, ...result.abstain_band];
  const digits = decimals(ends);
  const [low = "", high = "", usedLow = "", usedHigh = ""] = ends.map((end) => percent(end, digits, locale));
  return byOwnRule(result, card) ? "" : t("ownRule", { low, high, usedLow, usedHigh });
}

function Rates({ card, result, kind }: RatesProps) {
  const t = useTranslations("result.trust");
  const rates = errorRates(card, kind);
  const rule = useRuleWords(card, result);
  const other = kind === "video" ? "image" : "video";
  return (
    <div>
      <p className="mb-3">
        {t("lead")} {rule}
      </p>
      {/* Narrow: a set's name has a line of its own. Roles are written out, as such a table is none to a screen reader. */}
      <table role="table" className="w-full text-sm max-sm:block">
        <caption className="sr-only">{t("byModel", { bundle: card.bundle, version: card.version })}</caption>
        <thead role="rowgroup" className="max-sm:block">
          <tr role="row" className={`text-left align-bottom text-muted ${NARROW}`}>
            <th
              role="columnheader"
              scope="col"
              className="pr-3 pb-2 font-medium max-sm:col-span-3 max-sm:pb-0"
            >
              {t("set")}
            </th>
            <NumberHead name={t("falseAlarms")} explanation={t("falseAlarmsHint")} />
            <NumberHead name={t("found")} explanation={t("foundHint")} />
            <NumberHead name={t("noVerdict")} />
          </tr>
        </thead>
        {[kind, other].map((group) => (
          <RateGroup
            key={group}
            title={t(group === "video" ? "videos" : "photos")}
            rates={rates.filter((rate) => rate.kind === group)}
          />
        ))}
      </table>
      <p className="mt-3 text-sm text-muted">
        {t("falseAlarms")}: {t("falseAlarmsHint")}. {t("found")}: {t("foundHint")}.
      </p>
    </div>
  );
}

const NOTICED_SECONDS = 0.2; // from which something that is shown is worth a word
const NARROW = "max-sm:grid max-sm:grid-cols-3";

function NumberHead({ name, explanation }: { name: string; explanation?: string }) {
  return (
    <th
      role="columnheader"
      scope="col"
      abbr={explanation && `${name}: ${explanation}`}
      className="pb-2 pl-2 text-right font-medium"
    >
      {name}
    </th>
  );
}

function RateGroup({ title, rates }: { title: string; rates: ErrorRates[] }) {
  const setName = useSetName();
  if (rates.length === 0) return null;
  return (
    <tbody role="rowgroup" className="max-sm:block">
      <tr role="row" className="max-sm:block">
        <th
          role="rowheader"
          scope="rowgroup"
          colSpan={4}
          className="pt-2 pb-1 text-left font-semibold max-sm:block"
        >
          {title}
        </th>
      </tr>
      {rates.map((rate) => (
        <tr key={rate.dataset} role="row" className={`border-t border-line ${NARROW}`}>
          <th
            role="rowheader"
            scope="row"
            className="py-1.5 pr-2 text-left font-normal max-sm:col-span-3 max-sm:pb-0"
          >
            {setName(rate.dataset).name}
          </th>
          <CountCell count={rate.falseAlarms} />
          <CountCell count={rate.found} />
          <CountCell count={rate.noVerdict} />
        </tr>
      ))}
    </tbody>
  );
}

function CountCell({ count }: { count: Count | null }) {
  const t = useTranslations("result");
  return (
    <td role="cell" className="py-1.5 pl-2 text-right whitespace-nowrap max-sm:pt-0">
      {count === null ? <span className="text-muted">{t("people.none")}</span> : t("trust.count", count)}
    </td>
  );
}
