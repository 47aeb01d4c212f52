"use client";

import dynamic from "next/dynamic";

// Menus and dialogs are a fifth of the page's code and are not needed before the verdict is read. Their
// placeholders have the same size, so that the layout does not shift.
const place = (width: string) =>
  function Place() {
    return <span className={`inline-block min-h-11 pointer-fine:min-h-9 ${width}`} />;
  };

export const ExportMenu = dynamic(() => import("./export-menu").then((module) => module.ExportMenu), {
  loading: place("w-32"),
});
export const ReportButton = dynamic(() => import("./report-dialog").then((module) => module.ReportButton), {
  loading: place("w-26"),
});
export const ShareButton = dynamic(() => import("./share-dialog").then((module) => module.ShareButton), {
  loading: place("w-24"),
});
export const CheckAgain = dynamic(
  () => import("@/rechecks/check-again").then((module) => module.CheckAgain),
  {
    loading: place("w-34"),
  },
);
export const DeleteButton = dynamic(() => import("./delete-button").then((module) => module.DeleteButton), {
  loading: place("w-26"),
});
