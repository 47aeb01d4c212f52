"use client";

import { useEffect, useRef } from "react";

/** Show a title on the tab while mounted; afterwards what was there before, unless another page has put its own. */
export function usePageTitle(title: string): void {
  const shown = useRef(title);
  useEffect(() => {
    const before = document.title;
    return () => {
      if (document.title === shown.current) document.title = before;
    };
  }, []);
  useEffect(() => {
    shown.current = title;
    document.title = title;
  }, [title]);
}
