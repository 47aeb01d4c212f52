"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, Share2 } from "lucide-react";
import { useId, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { useCopy } from "@/ui/use-copy";

import { isAbsent, shareJob, shareStatus, unshareJob, type ShareLink } from "./sharing";

/** [Share]: makes a link on request, shows it to be copied, and withdraws it. Gone where the server makes no links. */
export function ShareButton({ id }: { id: string }) {
  const t = useTranslations("result.share");
  const [open, setOpen] = useState(false);
  const status = useQuery({
    queryKey: ["share", id],
    queryFn: () => shareStatus(id),
    enabled: open,
    retry: false,
    staleTime: 0,
  });
  const absent = isAbsent(status.error);
  if (absent && !open) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Share2 aria-hidden className="size-4" />
        {t("open")}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t("title")} description={t("text")}>
        {absent ? (
          <Problem text={t("absent")} />
        ) : (
          <Sharing id={id} shared={status.data?.shared ?? false} onDone={() => setOpen(false)} />
        )}
      </Dialog>
    </>
  );
}

/** The server returns a link's token only once, on creation; of an earlier link only its existence is known. */
function Sharing({ id, shared, onDone }: { id: string; shared: boolean; onDone: () => void }) {
  const t = useTranslations("result.share");
  const client = useQueryClient();
  const known = () => client.invalidateQueries({ queryKey: ["share", id] });
  const make = useMutation({ mutationFn: () => shareJob(id), networkMode: "always", onSuccess: known });
  const revoke = useMutation({ mutationFn: () => unshareJob(id), networkMode: "always", onSuccess: known });
  const link = revoke.isSuccess ? undefined : make.data;
  const [asked, setAsked] = useState(false);
  const replaces = shared && !revoke.isSuccess;
  const again = () => {
    if (replaces && !asked) return setAsked(true);
    setAsked(false);
    revoke.reset();
    make.mutate();
  };
  return (
    <div className="flex flex-col gap-4">
      {link !== undefined && <Link link={link} />}
      {link === undefined && replaces && !asked && <p>{t("earlier")}</p>}
      {link === undefined && asked && <p role="alert">{t("replaces")}</p>}
      {revoke.isSuccess && <p role="status">{t("revoked")}</p>}
      <div className="flex flex-wrap gap-2">
        {link === undefined && (
          <Button look="primary" disabled={make.isPending} onClick={again}>
            {t(asked ? "replace" : replaces ? "makeNew" : "make")}
          </Button>
        )}
        {(link !== undefined || replaces) && (
          <Button onClick={() => revoke.mutate()} disabled={revoke.isPending}>
            {t("revoke")}
          </Button>
        )}
        <Button onClick={onDone}>{t("done")}</Button>
      </div>
      {make.isError && <Problem text={t("failed")} />}
      {revoke.isError && <Problem text={t("revokeFailed")} />}
    </div>
  );
}

function Problem({ text }: { text: string }) {
  return (
    <p role="alert" className="text-danger">
      {text}
    </p>
  );
}

function Link({ link }: { link: ShareLink }) {
  const t = useTranslations("result.share");
  const format = useFormatter();
  const field = useId();
  const { copied, refused, copy } = useCopy(link.address);
  const byHand = useTranslations("common.actions")("copyByHand");
  return (
    <>
      <div>
        <label htmlFor={field} className="text-sm font-medium">
          {t("link")}
        </label>
        <input
          id={field}
          readOnly
          value={link.address}
          onFocus={(event) => event.target.select()}
          className="mt-1 min-h-11 w-full rounded-control border border-control bg-sunken px-3 font-mono text-sm"
        />
      </div>
      {link.expiresAt !== null && (
        <p className="text-sm text-muted">
          {t("until", {
            date: format.dateTime(new Date(link.expiresAt), { dateStyle: "medium", timeStyle: "short" }),
          })}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={copy}>
          <Copy aria-hidden className="size-4" />
          <span aria-live="polite">{t(copied ? "copied" : "copy")}</span>
        </Button>
      </div>
      {refused && <Problem text={byHand} />}
    </>
  );
}
