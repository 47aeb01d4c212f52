"use client";

import Link from "next/link";
import { useTranslations } from "use-intl";

import { useLimits } from "@/api/queries";
import { span } from "@/i18n/format";
import { Card } from "@/ui/card";

import { Figures } from "./figures";

const STEPS = ["frames", "faces", "scores", "estimate"] as const;
const BLIND = ["context", "faces", "methods", "copies"] as const;

/** What to know before relying on an estimate: how it is made, what it misses, how often it errs, where files go. */
export function About() {
  return (
    <div className="grid grid-cols-1 gap-4 sm:gap-6 lg:grid-cols-2">
      <HowItWorks />
      <BlindSpots />
      <Figures />
      <SelfHosting />
    </div>
  );
}

function HowItWorks() {
  const t = useTranslations("analyse.how");
  const { data: limits } = useLimits();
  return (
    <Card title={t("title")}>
      <ol className="flex flex-col gap-3">
        {STEPS.map((step, index) => (
          <li key={step} className="flex gap-3">
            <span
              aria-hidden
              className="flex size-6 shrink-0 items-center justify-center rounded-full border border-control text-sm text-muted"
            >
              {index + 1}
            </span>
            <p>
              <span className="font-medium">{t(`${step}.title`)}</span>{" "}
              <span className="text-muted">
                {t(`${step}.text`, { frames: limits?.video.max_frames ?? 32 })}
              </span>
            </p>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function BlindSpots() {
  const t = useTranslations("analyse.blind");
  return (
    <Card title={t("title")}>
      <ul className="flex flex-col gap-3">
        {BLIND.map((spot) => (
          <li key={spot} className="border-l-2 border-control pl-3">
            <span className="font-medium">{t(`${spot}.title`)}</span>{" "}
            <span className="text-muted">{t(`${spot}.text`)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function SelfHosting() {
  const t = useTranslations("analyse.hosting");
  const { data: limits } = useLimits();
  const kept = limits && {
    hours: limits.retention.upload_hours,
    summary: span(86_400_000 * limits.retention.job_days),
  };
  return (
    <Card title={t("title")} className="lg:col-span-2">
      <div className="grid gap-3 lg:grid-cols-2 lg:gap-x-8">
        <p>{t("text")}</p>
        <p className="text-muted">{kept ? t("kept", kept) : "\u00a0"}</p>
        <p className="flex flex-wrap gap-x-6 lg:col-span-2">
          <a href="/api/docs" className="inline-flex min-h-11 items-center underline pointer-fine:min-h-6">
            {t("api")}
          </a>
          <Link href="/limits/" className="inline-flex min-h-11 items-center underline pointer-fine:min-h-6">
            {t("limits")}
          </Link>
        </p>
      </div>
    </Card>
  );
}
