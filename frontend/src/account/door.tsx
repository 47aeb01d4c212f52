"use client";

import type { ReactNode } from "react";

import { PageHeading } from "@/ui/page-heading";

/** The frame of the pages through which one comes in: narrow, one card. */
export function Door({ title, children, below }: { title: string; children: ReactNode; below?: ReactNode }) {
  return (
    <div className="mx-auto w-full max-w-md">
      <PageHeading>{title}</PageHeading>
      <div className="mt-4 flex flex-col gap-4 rounded-card border border-line bg-surface p-4 sm:p-6">
        {children}
      </div>
      {below !== undefined && <div className="mt-4 text-sm text-muted">{below}</div>}
    </div>
  );
}
