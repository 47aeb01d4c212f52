"use client";

import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";

import { useAnnounce } from "@/ui/announcer";

import { announcement, type Moment } from "./stages";

/** Tell screen readers of a job's stages and of each quarter. */
export function useProgressAnnouncements({ state, stage, progress_percent }: Moment): void {
  const t = useTranslations();
  const announce = useAnnounce();
  const before = useRef<Moment | null>(null);
  useEffect(() => {
    const now = { state, stage, progress_percent };
    const news = announcement(before.current, now);
    before.current = now;
    if (news === null) return;
    announce(
      "stage" in news
        ? t(`common.stage.${news.stage}`)
        : t("analyse.progress.percent", { percent: news.percent }),
    );
  }, [announce, t, state, stage, progress_percent]);
}
