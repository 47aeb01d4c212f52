"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import { failureOf, failureOfJob } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { asOwner } from "@/jobs/owner-secrets";
import { useJob } from "@/jobs/use-job";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

type Props = {
  /** The analysed job. */
  id: string;
  /** Whether this reader may have the preview made, and the file is still there. */
  mayMake: boolean;
};

/** Says that a video has no copy that every browser plays, and has one made on demand. */
export function PreviewNotice({ id, mayMake }: Props) {
  const t = useTranslations("result.preview");
  const words = useFailureText();
  const make = useMutation<string, ApiError>({
    mutationFn: async () => (await unwrap(api.POST("/api/jobs/{job_id}/preview", asOwner(id)))).job_id,
    networkMode: "always",
  });
  const button = (
    <Button disabled={make.isPending} onClick={() => make.mutate()}>
      {t("make")}
    </Button>
  );
  const waiting = make.data !== undefined;
  return (
    <Notice actions={mayMake && !waiting ? button : undefined}>
      {t("missing")} {waiting ? <Making id={make.data} of={id} /> : mayMake && t("offer")}
      {make.error !== null && (
        <span role="alert" className="block text-danger">
          {words(failureOf(make.error))}
        </span>
      )}
    </Notice>
  );
}

/** How far the making has come; the result is read again once there is the preview. */
function Making({ id, of }: { id: string; of: string }) {
  const t = useTranslations("result.preview");
  const words = useFailureText();
  const client = useQueryClient();
  const { answer, error } = useJob(id);
  const made = answer?.state === "COMPLETED";
  useEffect(() => {
    if (made) void client.invalidateQueries({ queryKey: keys.result(of) });
  }, [client, made, of]);
  if (error !== undefined) return <span role="alert">{words(failureOf(error))}</span>;
  if (answer?.state === "FAILED") return <span role="alert">{words(failureOfJob(answer.error, id))}</span>;
  const begun = answer !== undefined && answer.state !== "QUEUED";
  return <span role="status">{t(begun ? "making" : "waiting")}</span>;
}
