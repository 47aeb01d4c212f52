"use client";

import { X } from "lucide-react";
import { useTranslations } from "use-intl";

import { Button } from "@/ui/button";

import type { Row } from "./queue";
import { uploader } from "./uploader";

/** Takes a row off the list; nothing on the server changes. */
export function RemoveButton({ row, onRemoved }: { row: Row; onRemoved: () => void }) {
  const t = useTranslations("analyse.row");
  const remove = () => {
    uploader.remove(row.key);
    onRemoved();
  };
  return (
    <Button
      look="quiet"
      aria-label={t("remove", { name: row.name })}
      title={t("removeShort")}
      onClick={remove}
      className="px-2"
    >
      <X aria-hidden className="size-5" />
    </Button>
  );
}
