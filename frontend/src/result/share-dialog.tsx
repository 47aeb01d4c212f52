"use client";

import { useMutation } from "@tanstack/react-query";
import { Copy, Share2 } from "lucide-react";
import { useId, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";

import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

import { isAbsent, shareJob, unshareJob, type ShareLink } from "./sharing";

/** [Share]: makes a link on request, shows it to be copied, and withdraws it. Gone where the server makes no links. */
export function ShareButton({ id }: { id: string }) {
  const t = useTranslations("result.share");
  const [open, setOpen] = useState(false);
  const make = useMutation({ mutationFn: () => shareJob(id), networkMode: "always" });
  const revoke = useMutation({
    mutationFn: () => unshareJob(id),
    networkMode: "always",
    onSuccess: () => make.reset(),
  });
  const absent = isAbsent(make.error);
  if (absent && !open) return null;
  const close = (next: boolean) => {
    setOpen(next);
    if (next) revoke.reset();
  };
  return (
    <>
      <Button onClick={() => close(true)}>
        <Share2 aria-hidden className="size-4" />
        {t("open")}
      </Button>
      <Dialog open={open} onOpenChange={close} title={t("title")} description={t("text")}>
        <div className="flex flex-col gap-4">
          {make.data === undefined ? (
            <Button
              look="primary"
              disabled={make.isPending || absent}
              onClick={() => make.mutate()}
              className="self-start"
            >
              {t("make")}
            </Button>
          ) : (
            <Link link={make.data} onRevoke={() => revoke.mutate()} revoking={revoke.isPending} />
          )}
          {revoke.isSuccess && make.data === undefined && <p role="status">{t("revoked")}</p>}
          {make.isError && <Problem text={t(absent ? "absent" : "failed")} />}
          {revoke.isError && <Problem text={t("revokeFailed")} />}
        </div>
      </Dialog>
    </>
  );
}

function Problem({ text }: { text: string }) {
  return (
    <p role="alert" className="text-danger">
      {text}
    </p>
  );
}

function Link({ link, onRevoke, revoking }: { link: ShareLink; onRevoke: () => void; revoking: boolean }) {
  const t = useTranslations("result.share");
  const format = useFormatter();
  const field = useId();
  const { copied, copy } = useCopy(link.address);
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
        <Button onClick={onRevoke} disabled={revoking}>
          {t("revoke")}
        </Button>
      </div>
    </>
  );
}

function useCopy(text: string) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      setCopied(false); // without permission the field beside it can be copied by hand
    }
  };
  return { copied, copy };
}
