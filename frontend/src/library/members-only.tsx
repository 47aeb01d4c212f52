"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

import { useMe } from "@/api/queries";
import { buttonClass } from "@/ui/button";
import { Notice } from "@/ui/notice";

import { Waiting } from "@/ui/waiting";

/** Shows a page to who is signed in, and the way to sign in to others; visitors have no library. */
export function MembersOnly({ path, children }: { path: string; children: ReactNode }) {
  const t = useTranslations();
  const me = useMe();
  if (me.data) return children;
  if (me.isPending) return <Waiting tall />;
  return (
    <Notice
      title={t("library.signIn.title")}
      actions={
        <Link href={`/login/?${new URLSearchParams({ next: path })}`} className={buttonClass("primary")}>
          {t("common.actions.signIn")}
        </Link>
      }
    >
      {t("library.signIn.text")}
    </Notice>
  );
}
