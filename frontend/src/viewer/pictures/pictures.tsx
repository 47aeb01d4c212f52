"use client";

import { Download, LayoutGrid, Search } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";

import { Button } from "@/ui/button";

import { pictureName, sheetName } from "./plan";
import { SearchDialog } from "./search-dialog";
import { shownPicture, useContactSheet, type PicturesOf } from "./use-pictures";
import { useSaving } from "./use-saving";

type Props = { of: PicturesOf; /** Whether this server links to search engines. */ search: boolean };

/** Pictures to take away, with nothing drawn on them: the one that is shown, and a page of several; and where to look them up. */
export function Pictures({ of, search }: Props) {
  const t = useTranslations("viewer.pictures");
  const [searching, setSearching] = useState(false);
  const { busy, failed, save } = useSaving();
  const sheet = useContactSheet(of);
  const photo = of.evidence.kind === "image";
  const shown = async () => {
    const { canvas, timeMs } = await shownPicture(of);
    return { canvas, name: pictureName(of.filename, timeMs) };
  };
  return (
    <>
      <Button aria-disabled={busy} onClick={() => void save(shown)}>
        <Download aria-hidden className="size-4" />
        {t(photo ? "savePhoto" : "saveFrame")}
      </Button>
      <Button
        aria-disabled={busy}
        onClick={() => void save(async () => ({ canvas: await sheet(), name: sheetName(of.filename) }))}
      >
        <LayoutGrid aria-hidden className="size-4" />
        {t("sheet")}
      </Button>
      {search && (
        <Button onClick={() => setSearching(true)}>
          <Search aria-hidden className="size-4" />
          {t("search")}
        </Button>
      )}
      {failed && (
        <p role="alert" className="text-sm text-danger">
          {t("failed")}
        </p>
      )}
      <SearchDialog open={searching} onOpenChange={setSearching} picture={shown} />
    </>
  );
}
