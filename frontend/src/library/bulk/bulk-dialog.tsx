"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { nanoid } from "nanoid";
import { useRef, useState } from "react";
import { useTranslations } from "use-intl";

import { api, unwrap } from "@/api/client";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/queries";
import type { BulkAction, BulkDone } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

import { isRemoval, trueCount, type ActionName } from "./actions";
import { Progress } from "./outcome";

/** Files by their ids, or all that a query finds. */
export type Chosen = { ids: string[]; q?: string };

type Props = {
  action: ActionName;
  chosen: Chosen;
  /** How many files were shown to be chosen. */
  count: number;
  onClose: () => void;
  /** It goes on in the background: the dialog says how far it is. */
  onBegun: (begun: BulkAction) => void;
  onDone: (done: BulkDone) => void;
};

const LONGEST = { tag: 64, reason: 500 }; // characters

/** Asks before many files are changed, with their number; where that has changed meanwhile, with the true one once more. */
export function BulkDialog({ action, chosen, count: shown, onClose, onBegun, onDone }: Props) {
  const t = useTranslations("library.bulk");
  const failed = useFailureText();
  const client = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<number | null>(null);
  const count = found ?? shown;
  const asks = action === "tag" || action === "untag" ? "tag" : action === "hold" ? "reason" : null;
  const [begun, setBegun] = useState<BulkAction | null>(null);
  const acting = useMutation<BulkDone | BulkAction, ApiError, string | null>({
    mutationFn: (value) => {
      const body = {
        ...chosen,
        action,
        expect_count: count,
        ...(asks !== null && value !== null && { [asks]: value }),
      };
      const header = { "Idempotency-Key": nanoid() };
      return unwrap(api.POST("/api/media/actions", { body, params: { header } }));
    },
    onSuccess: async (done) => {
      if ("id" in done) {
        setBegun(done);
        onBegun(done);
        return;
      }
      await client.invalidateQueries({ queryKey: keys.media });
      onDone(done);
    },
    onError: (error) => setFound(trueCount(error) ?? found),
  });
  if (begun !== null) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={t(`title.${action}`, { count: begun.matched })}
        description={t("goesOn")}
      >
        <Progress begun={begun} />
        <div className="mt-4 flex justify-end">
          <Button onClick={onClose}>{t("close")}</Button>
        </div>
      </Dialog>
    );
  }
  const recounted = acting.error !== null && trueCount(acting.error) !== null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`title.${action}`, { count })}
      description={t(`text.${action}`)}
      {...(asks !== null && { initialFocus: field })}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const value =
            asks === null ? null : String(new FormData(event.currentTarget).get(asks) ?? "").trim();
          if (value !== "" && !acting.isPending) acting.mutate(value);
        }}
      >
        {asks !== null && (
          <Field
            ref={field}
            label={t(asks)}
            name={asks}
            maxLength={LONGEST[asks]}
            required
            autoComplete="off"
          />
        )}
        {acting.error !== null && (
          <p role="alert" className="text-sm text-danger">
            {recounted ? t("recounted", { shown, count }) : failed(failureOf(acting.error))}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t("keep")}</Button>
          <Button
            look={isRemoval(action) ? "danger" : "primary"}
            type="submit"
            aria-disabled={acting.isPending}
          >
            {t("confirm", { count })}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
