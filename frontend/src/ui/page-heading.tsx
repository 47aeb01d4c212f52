"use client";

import { useEffect, useRef, type ReactNode } from "react";

/** A page's first heading. With `focus` it takes the focus when it appears, so that readers hear what changed. */
export function PageHeading({
  children,
  focus = false,
  className = "",
}: {
  children: ReactNode;
  focus?: boolean;
  className?: string;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focus) heading.current?.focus({ preventScroll: false });
  }, [focus]);
  return (
    <h1 ref={heading} tabIndex={-1} className={`text-2xl font-semibold tracking-tight ${className}`}>
      {children}
    </h1>
  );
}
