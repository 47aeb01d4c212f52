"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { AskRequest, Task } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useColleagues } from "@/review/colleagues";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

/** Puts a file up for review, for anybody or one colleague, with a note that is shown after the answer. */
export function Ask({ mediaId }: { mediaId: string }) {
  const t = useTranslations("review.ask");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("open")}</Button>
      {open && <Asking mediaId={mediaId} onClose={() => setOpen(false)} />}
    </>
  );
}

function Asking({ mediaId, onClose }: { mediaId: string; onClose: () => void }) {
  const t = useTranslations("review.ask");
  const common = useTranslations("common.actions");
  const failed = useFailureText();
  const announce = useAnnounce();
  const client = useQueryClient();
  const colleagues = useColleagues() ?? [];
  const [colleague, setColleague] = useState("");
  const [twice, setTwice] = useState(false);
  const asking = useMutation<Task, ApiError, AskRequest>({
    mutationFn: (body) => unwrap(api.POST("/api/review/tasks", { body })),
    onSuccess: async () => {
      announce(t("done"));
      onClose();
      await client.invalidateQueries({ queryKey: keys.reviews });
    },
  });
  return (
    <Dialog open onOpenChange={(is) => !is && onClose()} title={t("title")} description={t("text")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (asking.isPending) return;
          const note = String(new FormData(event.currentTarget).get("note") ?? "").trim();
          asking.mutate({
            media_id: mediaId,
            colleague: colleague === "" ? null : colleague,
            note: note === "" ? null : note,
            readers: twice ? 2 : 1,
          });
        }}
      >
        {colleagues.length > 0 && (
          <>
            <label className="flex flex-col gap-1 text-sm font-medium">
              {t("who")}
              <select
                value={colleague}
                onChange={(event) => setColleague(event.currentTarget.value)}
                className="min-h-11 rounded-control border border-control bg-surface px-3 text-base font-normal"
              >
                <option value="">{t("anybody")}</option>
                {colleagues.map(({ user_id, email }) => (
                  <option key={user_id} value={user_id}>
                    {email}
                  </option>
                ))}
              </select>
            </label>
            <label className="flex min-h-11 items-center gap-3 text-sm">
              <input
                type="checkbox"
                checked={twice}
                onChange={(event) => setTwice(event.currentTarget.checked)}
                className="size-6 accent-text"
              />
              {t("twice")}
            </label>
          </>
        )}
        <Field label={t("note")} name="note" hint={t("noteHint")} maxLength={4000} autoComplete="off" />
        {asking.error !== null && (
          <p role="alert" className="text-sm text-danger">
            {failed(failureOf(asking.error))}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" look="primary" aria-disabled={asking.isPending}>
            {t("confirm")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
