"use client";

import { useState } from "react";
import { useTranslations } from "use-intl";

import { useAnnounce } from "@/ui/announcer";
import { download } from "@/ui/download";
import { pngOf } from "@/viewer/canvas";

/** A picture with the name of its file. */
export type Named = { canvas: HTMLCanvasElement; name: string };

/** Makes a picture and saves it; says so, or that it did not work. */
export function useSaving() {
  const t = useTranslations("viewer.pictures");
  const announce = useAnnounce();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const save = async (make: () => Promise<Named>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setFailed(false);
    try {
      const { canvas, name } = await make();
      download(await pngOf(canvas), name);
      announce(t("saved", { name }));
      return true;
    } catch {
      setFailed(true);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, failed, save };
}
