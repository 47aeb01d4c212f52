import type { ReactNode } from "react";

type Props = { title?: ReactNode; aside?: ReactNode; children: ReactNode; className?: string; id?: string };

/** A bordered part of a page, with a heading of the second level where it has a title. */
export function Card({ title, aside, children, className = "", id }: Props) {
  return (
    <section id={id} className={`rounded-card border border-line bg-surface p-4 sm:p-6 ${className}`}>
      {title !== undefined && (
        <div className="mb-4 flex flex-wrap items-baseline justify-between gap-2">
          <h2 className="text-lg font-semibold">{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}
