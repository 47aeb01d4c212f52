"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "use-intl";

import { useLimits, useMe, useWorkspace } from "@/api/queries";

import { ThemeToggle } from "./theme-toggle";
import { WorkspaceSwitch } from "./workspace-switch";

// Pages that are no page of the navigation, with the one that leads to them.
const PART_OF: Record<string, string> = { "/result/": "/", "/media/": "/library/" };

/** Name, pages, theme, and the account where this server has accounts. */
export function Header() {
  const t = useTranslations("common");
  const path = usePathname();
  const accounts = useAccounts();
  const pages = [
    { href: "/", label: t("nav.analyse") },
    ...(accounts.signedIn ? [{ href: "/library/", label: t("nav.library") }] : []),
    ...(accounts.reviews ? [{ href: "/review/", label: t("nav.review") }] : []),
    { href: "/history/", label: t("nav.history") },
    { href: "/limits/", label: t("nav.limits") },
    ...(accounts.shown
      ? [
          accounts.signedIn
            ? { href: "/account/", label: t("nav.account") }
            : { href: "/login/", label: t("nav.signIn") },
        ]
      : []),
  ];
  return (
    <header className="print:hidden border-b border-line bg-surface">
      <div className="mx-auto flex w-full max-w-7xl flex-wrap items-center gap-x-2 gap-y-1 px-4 py-2 sm:gap-x-6 sm:px-6">
        <Link href="/" className="mr-auto flex min-h-11 items-center gap-2 font-semibold no-underline">
          <img
            src="/icon.svg"
            alt=""
            width={24}
            height={24}
            className="dark:rounded dark:bg-white dark:p-0.5"
          />
          {t("name")}
        </Link>
        <nav aria-label={t("nav.label")} className="order-last w-full sm:order-none sm:w-auto">
          <ul className="-mx-2 flex flex-wrap">
            {pages.map(({ href, label }) => {
              const here = href === path || PART_OF[path] === href;
              return (
                <li key={href}>
                  <Link
                    href={href}
                    aria-current={href === path ? "page" : undefined}
                    className={`inline-flex min-h-11 items-center px-2 text-sm no-underline sm:px-3 ${here ? "font-semibold text-text" : "text-muted hover:text-text"}`}
                  >
                    {label}
                  </Link>
                </li>
              );
            })}
          </ul>
        </nav>
        <WorkspaceSwitch />
        <ThemeToggle />
      </div>
    </header>
  );
}

/** Accounts are shown where the server requires them or takes new ones, or a reader is signed in; the build can require them before the server has answered. */
function useAccounts(): { shown: boolean; signedIn: boolean; reviews: boolean } {
  const limits = useLimits();
  const me = useMe();
  const required = limits.data?.accounts.required ?? process.env.NEXT_PUBLIC_SAAS_REQUIRE_AUTH === "true";
  const signedIn = me.data !== null && me.data !== undefined;
  const open = limits.data?.accounts.registration_open ?? false;
  const provider = typeof limits.data?.accounts.provider === "string";
  const workspace = useWorkspace();
  // In a shared workspace files can be put up for review by hand, also where none is by itself.
  const reviews =
    workspace !== null &&
    workspace.may.includes("review") &&
    (!workspace.personal || workspace.asks_for_reviews);
  return { shown: required || open || provider || signedIn, signedIn, reviews };
}
