"use client";

import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes } from "react";

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "aria-label"> & {
  icon: LucideIcon;
  label: string;
};

/** A button with a sign for its face; its name says what it does to what. */
export function IconButton({ icon: Icon, label, ...rest }: Props) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className="relative z-10 inline-flex size-11 items-center justify-center rounded-control text-muted hover:bg-sunken hover:text-text aria-disabled:opacity-60 pointer-fine:size-9"
      {...rest}
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}
