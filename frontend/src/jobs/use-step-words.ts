import { useTranslations } from "use-intl";

import type { ResultAnswer } from "@/api/schema";

import { stageName } from "./stages";

type Counted = Pick<ResultAnswer, "state" | "stage" | "progress_percent" | "media_type" | "progress">;
type Waiting = Pick<ResultAnswer, "waiting_before">;

/** Words for a job's present step, with the frames counted: "Looking at frames, 8 of 32"; and for its place in the queue. */
export function useStepWords(): {
  step: (answer: Counted) => string;
  place: (answer: Waiting) => string | null;
} {
  const t = useTranslations();
  return {
    step: (answer) => {
      const name = stageName(answer);
      if (name !== "looking") return t(`common.stage.${name}`);
      if (answer.media_type === "image") return t("analyse.progress.lookingPhoto");
      const { frames_decoded: done, frames_planned: all } = answer.progress;
      return all > 0 ? t("analyse.progress.lookingFrames", { done, all }) : t("common.stage.looking");
    },
    place: ({ waiting_before: count }) => (count === null ? null : t("analyse.progress.before", { count })),
  };
}
