"use client";

import { useTranslations } from "use-intl";

import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useRetryJob } from "@/jobs/actions";
import { Button } from "@/ui/button";

/** [Retry] of a failed job; says why when it cannot be started again. */
export function RetryButton({ id }: { id: string }) {
  const t = useTranslations();
  const retry = useRetryJob();
  const text = useFailureText();
  return (
    <div className="flex flex-col items-start gap-2">
      <Button look="primary" disabled={retry.isPending} onClick={() => retry.mutate(id)}>
        {t("common.actions.retry")}
      </Button>
      {retry.isError && (
        <p role="alert" className="text-danger">
          {t("result.problem.retryFailed")} {text(failureOf(retry.error))}
        </p>
      )}
    </div>
  );
}
