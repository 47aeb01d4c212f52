"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import type { ApiError } from "@/api/errors";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useColleagues } from "@/review/colleagues";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

type Props = {
  busy: boolean;
  error: ApiError | null;
  onHand: (to: string, note: string) => void;
  onClose: () => void;
};

/** Chooses the colleague who is to read the file. */
export function Hand({ busy, error, onHand, onClose }: Props) {
  const t = useTranslations("review.hand");
  const common = useTranslations("common.actions");
  const failed = useFailureText();
  const colleagues = useColleagues();
  const [to, setTo] = useState("");
  const chosen = to || colleagues?.[0]?.user_id || "";
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("title")} description={t("text")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const note = String(new FormData(event.currentTarget).get("note") ?? "").trim();
          if (!busy && chosen !== "") onHand(chosen, note);
        }}
      >
        {colleagues?.length === 0 ? (
          <p>{t("nobody")}</p>
        ) : (
          <>
            <label className="flex flex-col gap-1 text-sm font-medium">
              {t("to")}
              <select
                value={chosen}
                onChange={(event) => setTo(event.currentTarget.value)}
                className="min-h-11 rounded-control border border-control bg-surface px-3 text-base font-normal"
              >
                {colleagues?.map(({ user_id, email }) => (
                  <option key={user_id} value={user_id}>
                    {email}
                  </option>
                ))}
              </select>
            </label>
            <Field label={t("note")} name="note" maxLength={4000} autoComplete="off" />
          </>
        )}
        {error !== null && (
          <p role="alert" className="text-sm text-danger">
            {failed(failureOf(error))}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" look="primary" aria-disabled={busy || chosen === ""}>
            {t("confirm")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
