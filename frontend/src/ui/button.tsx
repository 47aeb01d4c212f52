import type { AnchorHTMLAttributes, ButtonHTMLAttributes } from "react";

type Look = "primary" | "secondary" | "quiet" | "danger";

const SHAPE =
  "inline-flex min-h-11 items-center justify-center gap-2 rounded-control px-4 text-sm font-medium no-underline transition-colors duration-[120ms] disabled:opacity-60 aria-disabled:opacity-60 pointer-fine:min-h-9 print:hidden";
const LOOKS: Record<Look, string> = {
  primary: "bg-text text-bg hover:bg-muted",
  secondary: "border border-control bg-surface text-text hover:bg-sunken",
  quiet: "text-text hover:bg-sunken",
  danger: "border border-danger bg-surface text-danger hover:bg-sunken",
};

type Own = { look?: Look };

/** A button that does something; it submits a form only with `type="submit"`. */
export function Button({
  look = "secondary",
  className = "",
  type = "button",
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & Own) {
  return <button type={type} className={`${SHAPE} ${LOOKS[look]} ${className}`} {...rest} />;
}

/** A link that looks like a button: downloads and places to go to. For pages of this app see `next/link` with `buttonClass`. */
export function ButtonLink({
  look = "secondary",
  className = "",
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & Own) {
  return <a className={`${SHAPE} ${LOOKS[look]} ${className}`} {...rest} />;
}

/** The classes of a button, for elements of libraries that make their own. */
export function buttonClass(look: Look = "secondary"): string {
  return `${SHAPE} ${LOOKS[look]}`;
}
