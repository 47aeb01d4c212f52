"use client";

import { useTranslations } from "use-intl";

import type { Medium } from "@/api/schema";
import { span } from "@/i18n/format";

type Props = { medium: Pick<Medium, "hold" | "deleted_at" | "expires_at">; now: Date };

/** For how long a file's pictures are kept: held, for some hours, or not any more. */
export function Keeps({ medium: { hold, deleted_at, expires_at }, now }: Props) {
  const t = useTranslations("library.keeps");
  if (hold !== null)
    return <span className="font-medium">{t(hold.keeps === "file" ? "held" : "heldRecord")}</span>;
  if (deleted_at !== null) return <span>{t("deleted")}</span>;
  const left = expires_at === null ? 0 : Date.parse(expires_at) - now.getTime();
  if (left <= 0) return <span>{t("gone")}</span>;
  return <span className="whitespace-nowrap">{span(roughly(left))}</span>;
}

/** Cut to whole hours beyond one, whole days beyond two. */
function roughly(milliseconds: number): number {
  const hour = 3_600_000;
  const unit = milliseconds >= 48 * hour ? 24 * hour : milliseconds >= hour ? hour : 60_000;
  return Math.max(60_000, Math.floor(milliseconds / unit) * unit);
}
