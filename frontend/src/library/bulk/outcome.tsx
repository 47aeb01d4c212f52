"use client";

import { useTranslations } from "use-intl";

import type { BulkAction, BulkDone } from "@/api/schema";

import type { ActionName } from "./actions";
import { hasEnded, useAction } from "./use-action";

/** Why files were left as they are. */
const LEFT: Partial<Record<ActionName, "leftWorkedOn" | "leftFull">> = {
  forget: "leftWorkedOn",
  tag: "leftFull",
};

/** What a change of many files came to, in words. */
export function useOutcome() {
  const t = useTranslations("library.bulk");
  return (action: ActionName, { changed, held, refused }: BulkDone) =>
    [
      t("done", { count: changed }),
      held > 0 && t("leftHeld", { count: held }),
      refused > 0 && t(LEFT[action] ?? "leftOthers", { count: refused }),
    ]
      .filter(Boolean)
      .join(" ");
}

/** How far a change is that goes on in the background, and what it came to. */
export function Progress({ begun }: { begun: BulkAction }) {
  const t = useTranslations("library.bulk");
  const outcome = useOutcome();
  const action = useAction(begun);
  if (hasEnded(action)) {
    return (
      <p role="status">
        {action.state === "stopped" && <>{t("stopped")} </>}
        {outcome(action.action, action)}
      </p>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-3">
      <progress
        className="h-2 w-40 max-w-full"
        aria-label={t("progress")}
        max={action.matched}
        value={action.done}
      />
      <p>{t("soFar", { done: action.done, count: action.matched })}</p>
    </div>
  );
}
