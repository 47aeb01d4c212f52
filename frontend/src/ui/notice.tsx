import { CircleAlert, Info } from "lucide-react";
import type { ReactNode } from "react";

type Props = { tone?: "plain" | "danger"; title?: string; children?: ReactNode; actions?: ReactNode };

/** A box that says what is the matter and what one can do about it. Errors are read out at once. */
export function Notice({ tone = "plain", title, children, actions }: Props) {
  const Icon = tone === "danger" ? CircleAlert : Info;
  return (
    <div
      role={tone === "danger" ? "alert" : undefined}
      className={`flex gap-3 rounded-card border bg-surface p-4 ${tone === "danger" ? "border-danger" : "border-line"}`}
    >
      <Icon
        aria-hidden
        className={`mt-0.5 size-5 shrink-0 ${tone === "danger" ? "text-danger" : "text-muted"}`}
      />
      <div className="min-w-0 flex-1">
        {title !== undefined && <p className="font-semibold">{title}</p>}
        {children !== undefined && <div className="text-text">{children}</div>}
        {actions !== undefined && <div className="mt-3 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}
