import Link from "next/link";

import { buttonClass } from "./button";
import { Notice } from "./notice";
import { PageHeading } from "./page-heading";

type Props = { title: string; text: string; signIn: string };

/** A page of accounts, as visitors see it: what it is, and the way to sign in. */
export function MembersOnly({ title, text, signIn }: Props) {
  return (
    <>
      <PageHeading className="mb-4">{title}</PageHeading>
      <Notice
        actions={
          <Link href="/login/" className={buttonClass()}>
            {signIn}
          </Link>
        }
      >
        {text}
      </Notice>
    </>
  );
}
