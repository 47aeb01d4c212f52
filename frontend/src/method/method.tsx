"use client";

import { useTranslations } from "use-intl";

import { ApiError } from "@/api/errors";
import { useLimits } from "@/api/queries";
import type { ModelCard, ServiceLimits } from "@/api/schema";
import { percent } from "@/i18n/format";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { PageHeading } from "@/ui/page-heading";
import { useHydrated } from "@/ui/use-hydrated";
import { usePageTitle } from "@/ui/use-page-title";

import { Facts } from "./facts";
import { Figures } from "@/method/figures/figures";
import { HowItGoes } from "./how-it-goes";
import { RarerFakes } from "./rarer-fakes";
import { Reliability } from "@/method/reliability/reliability";
import { Sees } from "./sees";
import { extremes } from "./strength";
import { Keep, Use } from "./use";

/** The model card for readers: what is detected, how well, and what follows from it. */
export function Method() {
  const t = useTranslations("method");
  const limits = useLimits();
  const hydrated = useHydrated();
  const known = hydrated ? limits.data : undefined;
  usePageTitle(`${t("title")} - DeepShield`);
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-6">
      <header>
        <PageHeading>{t("title")}</PageHeading>
        <p className="mt-2 max-w-prose text-lg">{t("lead")}</p>
        {/* Its space is reserved until the figures are known. */}
        <div className="min-h-24 sm:min-h-14">{known?.model && <Summary model={known.model} />}</div>
      </header>
      <Sees />
      {known ? (
        <Known limits={known} />
      ) : (
        <>
          {hydrated && limits.error !== null ? (
            <Trouble error={limits.error} onRetry={() => void limits.refetch()} />
          ) : (
            <Waiting />
          )}
          <Use />
        </>
      )}
    </div>
  );
}

function Known({ limits }: { limits: ServiceLimits }) {
  const t = useTranslations("method.paused");
  const { model } = limits;
  if (model === null) {
    return (
      <>
        <Notice title={t("title")}>{t("text")}</Notice>
        <Use />
        <Keep retention={limits.retention} />
      </>
    );
  }
  return (
    <>
      <Figures model={model} />
      <HowItGoes model={model} frames={limits.video.max_frames} />
      <Reliability model={model} />
      <RarerFakes model={model} />
      <Use />
      <Keep retention={limits.retention} />
      <Facts model={model} />
    </>
  );
}

function Summary({ model }: { model: ModelCard }) {
  const t = useTranslations("method");
  const fake = extremes(model.datasets.map(({ flagged_fake }) => flagged_fake));
  const real = extremes(model.datasets.map(({ flagged_real }) => flagged_real));
  if (fake === null || real === null) return null;
  const values = { fakeLow: percent(fake[0]), fakeHigh: percent(fake[1]), realHigh: percent(real[1]) };
  return <p className="mt-2 max-w-prose text-muted">{t("summary", values)}</p>;
}

function Trouble({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const t = useTranslations();
  const offline = error instanceof ApiError && error.status === 0;
  return (
    <Notice tone="danger" actions={<Button onClick={onRetry}>{t("common.actions.retry")}</Button>}>
      {t(offline ? "method.trouble.offline" : "method.trouble.ours")}
    </Notice>
  );
}

function Waiting() {
  const t = useTranslations("common");
  return (
    <div role="status" className="h-[60rem] rounded-card border border-line bg-surface">
      <span className="sr-only">{t("loading")}</span>
    </div>
  );
}
