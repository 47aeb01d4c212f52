"use client";

import { usePathname, useRouter } from "next/navigation";
import { useTranslations } from "use-intl";

import { useDropAnywhere } from "@/upload/intake/drop-and-paste";
import { hand } from "@/upload/intake/handed";

/** Accepts files dropped on any page but the start page, which takes them. */
export function DropElsewhere() {
  return usePathname() === "/" ? null : <Receiver />;
}

function Receiver() {
  const t = useTranslations("analyse.zone");
  const router = useRouter();
  const over = useDropAnywhere((dropped) => {
    if (dropped.files.length + dropped.folders.length === 0) return;
    hand(dropped);
    router.push("/");
  });
  if (!over) return null;
  return (
    <p
      role="status"
      className="fixed inset-x-4 bottom-4 z-50 mx-auto max-w-md rounded-card border-2 border-dashed border-text bg-surface p-4 text-center font-semibold shadow-popover"
    >
      {t("drop")}
    </p>
  );
}
