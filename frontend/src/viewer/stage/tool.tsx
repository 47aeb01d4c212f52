import type { ButtonHTMLAttributes, ReactNode } from "react";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  /** What it does, for screen readers and as its title. */
  label: string;
  /** The key that does the same. */
  hint?: string;
  children: ReactNode;
};

/** A button that is a picture; switches have `aria-pressed`. */
export function Tool({ label, hint, children, className = "", ...rest }: Props) {
  return (
    <button
      type="button"
      aria-label={label}
      title={hint === undefined ? label : `${label} (${hint})`}
      className={`inline-flex size-11 shrink-0 items-center justify-center rounded-control text-text transition-colors duration-[120ms] hover:bg-sunken disabled:opacity-45 aria-pressed:bg-sunken aria-pressed:inset-ring-1 aria-pressed:inset-ring-control pointer-fine:size-9 [&_svg]:size-5 ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
