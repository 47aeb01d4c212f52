"use client";

import { ClipboardCopy, Download, ExternalLink } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { useAnnounce } from "@/ui/announcer";
import { Button, ButtonLink } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { pngOf } from "@/viewer/canvas";

import { useSaving, type Named } from "./use-saving";

/** Pages where a picture can be uploaded; nothing of this server goes into their addresses. */
export const ENGINES = [
  { name: "Google Lens", url: "https://images.google.com/" },
  { name: "Bing", url: "https://www.bing.com/visualsearch" },
  { name: "Yandex", url: "https://yandex.com/images/" },
  { name: "TinEye", url: "https://tineye.com/" },
] as const;

type Props = { open: boolean; onOpenChange: (open: boolean) => void; picture: () => Promise<Named> };

/** Where to look the picture up: it is saved or copied here first, and leaves this server only by the reader's own upload. */
export function SearchDialog({ open, onOpenChange, picture }: Props) {
  const t = useTranslations("viewer.pictures");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("search")} description={t("notice")}>
      <Steps picture={picture} />
    </Dialog>
  );
}

function Steps({ picture }: { picture: Props["picture"] }) {
  const t = useTranslations("viewer.pictures");
  const announce = useAnnounce();
  const { busy, failed, save } = useSaving();
  const [had, setHad] = useState(false);
  const [uncopied, setUncopied] = useState(false);
  const copy = async () => {
    setUncopied(false);
    try {
      const png = picture().then(({ canvas }) => pngOf(canvas));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
      announce(t("copied"));
      setHad(true);
    } catch {
      setUncopied(true);
    }
  };
  return (
    <ol className="flex list-decimal flex-col gap-4 pl-5">
      <li>
        <p>{t("first")}</p>
        <div className="mt-2 flex flex-wrap gap-2">
          <Button
            aria-disabled={busy}
            onClick={() => void save(picture).then((done) => done && setHad(true))}
          >
            <Download aria-hidden className="size-4" />
            {t("save")}
          </Button>
          <Button onClick={() => void copy()}>
            <ClipboardCopy aria-hidden className="size-4" />
            {t("copy")}
          </Button>
        </div>
        {(failed || uncopied) && (
          <p role="alert" className="mt-2 text-sm text-danger">
            {t(failed ? "failed" : "uncopied")}
          </p>
        )}
      </li>
      <li>
        <p>{t("then")}</p>
        {had && (
          <ul className="mt-2 flex flex-wrap gap-2">
            {ENGINES.map(({ name, url }) => (
              <li key={name}>
                <ButtonLink href={url} target="_blank" rel="noopener noreferrer">
                  {name}
                  <ExternalLink aria-hidden className="size-4" />
                  <span className="sr-only">{t("newTab")}</span>
                </ButtonLink>
              </li>
            ))}
          </ul>
        )}
      </li>
    </ol>
  );
}
