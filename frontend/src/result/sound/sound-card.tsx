"use client";

import { useFormatter, useTranslations } from "use-intl";

import type { Sound, SpliceCandidate } from "@/api/schema";
import { SoundWords } from "@/i18n/sound-words";
import { useTimeText } from "@/i18n/use-time-text";
import { FactList } from "@/result/trust/fact-list";
import { Card } from "@/ui/card";

/** By which pictures and sound may begin apart without a word about it: a frame of most videos. */
const APART_MS = 40;
/** Of the highest frequency that the rate allows: a ceiling below this share of it is told in a sentence. */
const LOW = 0.6;
const MOST_CUTS = 5;

/** What the sound track is like; the voice itself is not judged. */
export function SoundCard({ sound }: { sound: Sound }) {
  return (
    <SoundWords>
      <SoundFacts sound={sound} />
    </SoundWords>
  );
}

function SoundFacts({ sound }: { sound: Sound }) {
  const t = useTranslations("sound");
  const signs = useSigns(sound);
  return (
    <Card title={t("title")} id="sound">
      <p className="mb-4 text-sm text-muted">
        <strong className="font-semibold text-text">{t("notJudged")}</strong> {t("lead")}
      </p>
      {signs.length > 0 && (
        <ul className="mb-4 flex list-disc flex-col gap-1 pl-5 text-sm">
          {signs.map((sign) => (
            <li key={sign}>{sign}</li>
          ))}
        </ul>
      )}
      <FactList facts={useFacts(sound)} />
      <Cuts sound={sound} />
    </Card>
  );
}

function useSigns(sound: Sound): string[] {
  const t = useTranslations("sound");
  const format = useFormatter();
  const kilohertz = (value: number) => format.number(value / 1000, { maximumFractionDigits: 1 });
  const half = sound.sample_rate / 2;
  const low = sound.ceiling_hz !== null && sound.ceiling_hz < LOW * half ? sound.ceiling_hz : null;
  return [
    sound.ending !== "complete" && t(`end.${sound.ending}`),
    sound.tracks > 1 && t("tracks", { count: sound.tracks }),
    low !== null && t("lowCeiling", { frequency: kilohertz(low), half: kilohertz(half) }),
    sound.damaged_packets > 0 && t("damaged", { count: sound.damaged_packets }),
    sound.invalid_samples > 0 && t("invalid", { count: sound.invalid_samples }),
    sound.format_changes > 0 && t("changes", { count: sound.format_changes }),
  ].filter((sign) => sign !== false);
}

function useFacts(sound: Sound) {
  const t = useTranslations("sound");
  const format = useFormatter();
  const number = (value: number) => format.number(value, { maximumFractionDigits: 1 });
  const seconds = (ms: number) => t("seconds", { seconds: number(ms / 1000) });
  const share = (value: number) => t("shareText", { share: Math.round(100 * value) });
  const measured = sound.ending !== "undecodable";
  const told = <Value,>(value: Value | null, say: (value: Value) => string) =>
    value === null || !measured ? null : say(value);
  const differs = sound.declared_ms !== null && Math.abs(sound.declared_ms - sound.duration_ms) > 500;
  const length = seconds(sound.duration_ms);
  return [
    { name: t("codec"), value: sound.codec?.toUpperCase() ?? t("unknownCodec") },
    {
      name: t("format"),
      value: told(sound.sample_rate, (rate) =>
        t("formatText", { rate: number(rate / 1000), channels: sound.channels }),
      ),
    },
    {
      name: t("bitRate"),
      value: told(sound.bit_rate, (rate) =>
        t("bitRateText", { rate: format.number(Math.round(rate / 1000)) }),
      ),
    },
    {
      name: t("length"),
      value: told(length, () =>
        differs ? t("declared", { length, declared: seconds(sound.declared_ms ?? 0) }) : length,
      ),
    },
    {
      name: t("begins"),
      value: told(sound.offset_ms, (offset) =>
        t(beginning(offset), { offset: Math.round(Math.abs(offset)) }),
      ),
    },
    {
      name: t("loudness"),
      value: told(sound.loudness_lufs, (value) => t("loudnessText", { value: number(value) })),
    },
    { name: t("peak"), value: told(sound.peak_dbfs, (value) => t("peakText", { value: number(value) })) },
    { name: t("silence"), value: told(sound.silence_share, share) },
    { name: t("speech"), value: told(sound.speech_share, share) },
    {
      name: t("ceiling"),
      value: told(sound, ({ ceiling_hz: ceiling }) =>
        ceiling === null ? t("noCeiling") : t("ceilingText", { frequency: number(ceiling / 1000) }),
      ),
    },
    {
      name: t("cuts"),
      value: told(sound.splices, ({ length: count }) =>
        count === 0 ? t("noCuts") : t("foundCuts", { count }),
      ),
    },
  ];
}

function beginning(offset: number): "together" | "later" | "earlier" {
  if (Math.abs(offset) < APART_MS) return "together";
  return offset > 0 ? "later" : "earlier";
}

/** The places where the sound may have been cut, each with how often other clips show such a sign. */
function Cuts({ sound }: { sound: Sound }) {
  const t = useTranslations("sound");
  const clock = useTimeText();
  if (sound.splices.length === 0) return null;
  const say = ({ sign, timestamp_ms, strength }: SpliceCandidate) => {
    const cut = t(`cut.${sign}`, {
      time: clock(Math.max(0, timestamp_ms)),
      strength: Math.round(strength),
    });
    const rate = sound.splice_rates.find((one) => one.sign === sign);
    return rate === undefined ? cut : t("rate", { cut, shown: rate.shown, clips: rate.clips });
  };
  const more = sound.splices.length - MOST_CUTS;
  return (
    <div className="mt-4 text-sm">
      <p>{t("cutsLead")}</p>
      <ul className="mt-1 flex list-disc flex-col gap-1 pl-5">
        {sound.splices.slice(0, MOST_CUTS).map((one) => (
          <li key={`${one.sign} ${one.timestamp_ms}`}>{say(one)}</li>
        ))}
      </ul>
      {more > 0 && <p className="mt-1 text-muted">{t("moreCuts", { count: more })}</p>}
    </div>
  );
}
