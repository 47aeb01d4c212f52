"use client";

import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { useTranslations } from "use-intl";

import { useMay } from "@/api/queries";
import type { Medium } from "@/api/schema";
import { failureOf } from "@/failures/failure";
import { useFailureText } from "@/failures/use-failure-words";
import { useAnnounce } from "@/ui/announcer";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

import { useMoment } from "./analyses";
import { useChange, type Change } from "./use-medium";

type Asked = Exclude<Change["kind"], "tags" | "sensitivity" | "consent">;

const LONGEST_REASON = 500; // characters

/** For how long a file is kept: held and released, deleted, forgotten, each with what it means. */
export function Holding({ medium, mayDelete }: { medium: Medium; mayDelete: boolean }) {
  const t = useTranslations("library.medium");
  const moment = useMoment();
  const mayHold = useMay("hold");
  const [asked, setAsked] = useState<Asked | null>(null);
  const { hold } = medium;
  const deleted = medium.deleted_at !== null;
  return (
    <Card title={t("keeping")}>
      {hold !== null && (
        <p className="mb-3">
          {t("heldBy", { who: hold.by ?? t("formerMember"), at: moment(hold.at) })}
          {hold.keeps === "record" && <span className="block">{t("recordOnly")}</span>}
          {hold.reason !== null && <span className="block text-muted">{hold.reason}</span>}
        </p>
      )}
      {medium.deleted_at !== null && (
        <p className="mb-3">{t("deletedAt", { at: moment(medium.deleted_at) })}</p>
      )}
      <div className="flex flex-wrap gap-2">
        {mayHold && !deleted && (
          <Button onClick={() => setAsked(hold === null ? "hold" : "release")}>
            {t(hold === null ? "action.hold" : "action.release")}
          </Button>
        )}
        {mayDelete && hold === null && !deleted && (
          <Button look="danger" onClick={() => setAsked("delete")}>
            {t("action.delete")}
          </Button>
        )}
        {mayDelete && hold === null && (
          <Button look="danger" onClick={() => setAsked("forget")}>
            {t("action.forget")}
          </Button>
        )}
      </div>
      {mayDelete && hold !== null && <p className="mt-3 text-sm text-muted">{t("heldFirst")}</p>}
      {asked !== null && <Ask key={asked} medium={medium} what={asked} onClose={() => setAsked(null)} />}
    </Card>
  );
}

type AskProps = { medium: Medium; what: Asked; onClose: () => void };

function Ask({ medium, what, onClose }: AskProps) {
  const t = useTranslations("library.medium");
  const common = useTranslations("common.actions");
  const failed = useFailureText();
  const announce = useAnnounce();
  const router = useRouter();
  const change = useChange(medium);
  const field = useRef<HTMLInputElement>(null);
  const confirm = (reason: string) => {
    if (change.isPending) return;
    change.mutate(what === "hold" ? { kind: what, reason } : { kind: what }, {
      onSuccess: () => {
        announce(t(`done.${what}`));
        if (what === "forget") router.replace("/library/");
        else onClose();
      },
    });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(`ask.${what}.title`)}
      description={t(`ask.${what}.text`)}
      {...(what === "hold" && { initialFocus: field })}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const reason = String(new FormData(event.currentTarget).get("reason") ?? "").trim();
          if (what !== "hold" || reason !== "") confirm(reason);
        }}
      >
        {what === "hold" && (
          <Field
            ref={field}
            label={t("reason")}
            name="reason"
            maxLength={LONGEST_REASON}
            required
            autoComplete="off"
          />
        )}
        {change.error !== null && (
          <p role="alert" className="text-sm text-danger">
            {failed(failureOf(change.error))}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button
            type="submit"
            look={what === "delete" || what === "forget" ? "danger" : "primary"}
            aria-disabled={change.isPending}
          >
            {t(`action.${what}`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
