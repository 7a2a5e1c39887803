/** THREAD (RFC 5256 sections 3 and 5): who answered whom. Without recursion: a thread may be as long as a mailbox. */
import type { SortFacts } from './facts.ts';

/** A message, or the place of one that is not here. */
export interface Node {
  facts: SortFacts | undefined;
  parent: Node | undefined;
  children: Node[];
}

export type Algorithm = (messages: readonly SortFacts[]) => Node[];

/** One subject, one thread: the first message, and all others its answers (section 3, ORDEREDSUBJECT). */
export const orderedSubject: Algorithm = (messages) => {
  const threads = new Map<string, Node>();
  for (const facts of [...messages].sort(byDate)) {
    const first = threads.get(facts.subject.text);
    const node: Node = { facts, parent: first, children: [] };
    if (first) first.children.push(node);
    else threads.set(facts.subject.text, node);
  }
  return [...threads.values()];
};

export const references: Algorithm = (messages) => {
  const roots = prune(link(messages));
  sortAll(roots);
  return bySubject(roots);
};

function byDate(a: SortFacts, b: SortFacts): number {
  return a.date - b.date || a.index - b.index;
}

/** A place without a message is as old as the first one below it. */
function factsOf(node: Node): SortFacts {
  let at = node;
  while (!at.facts) at = at.children[0]!;
  return at.facts;
}

function byFirst(a: Node, b: Node): number {
  return byDate(factsOf(a), factsOf(b));
}

/** Step 1: every message below the one it answers. */
function link(messages: readonly SortFacts[]): Node[] {
  const byId = new Map<string, Node>();
  const all: Node[] = [];
  const place = (id: string): Node => {
    const found = byId.get(id);
    if (found) return found;
    const node: Node = { facts: undefined, parent: undefined, children: [] };
    byId.set(id, node);
    all.push(node);
    return node;
  };
  for (const facts of messages) {
    let node = facts.messageId === '' ? undefined : place(facts.messageId);
    // Two messages of one id: the second is known by none.
    if (!node || node.facts) {
      node = { facts, parent: undefined, children: [] };
      all.push(node);
    }
    node.facts = facts;
    let before: Node | undefined;
    for (const id of facts.references) {
      const next = place(id);
      if (before && !next.parent) adopt(before, next);
      before = next;
    }
    if (before && before !== node) {
      if (node.parent) leave(node);
      adopt(before, node);
    }
  }
  return all.filter((node) => !node.parent);
}

/** Nobody becomes a descendant of oneself. */
function adopt(parent: Node, child: Node): void {
  if (parent === child) return;
  // Only who has descendants can be one's own: a long thread is walked once, not once for each of its messages.
  if (child.children.length > 0) for (let at: Node | undefined = parent; at; at = at.parent) if (at === child) return;
  child.parent = parent;
  parent.children.push(child);
}

function leave(node: Node): void {
  const siblings = node.parent!.children;
  siblings.splice(siblings.indexOf(node), 1);
  node.parent = undefined;
}

/** Steps 2 and 3: places without a message go; their children move up, except that many at the top keep one together. */
function prune(roots: readonly Node[]): Node[] {
  const order = preorder(roots);
  for (const node of order.reverse()) {
    node.children = node.children.flatMap((child) => (child.facts ? [child] : child.children));
    for (const child of node.children) child.parent = node;
  }
  return roots.flatMap((root) => {
    if (root.facts) return [root];
    if (root.children.length > 1) return [root];
    for (const child of root.children) child.parent = undefined;
    return root.children;
  });
}

function preorder(roots: readonly Node[]): Node[] {
  const order: Node[] = [];
  const stack = [...roots];
  for (let node = stack.pop(); node; node = stack.pop()) {
    order.push(node);
    stack.push(...node.children);
  }
  return order;
}

function sortAll(roots: Node[]): void {
  for (const node of preorder(roots).reverse()) node.children.sort(byFirst);
  roots.sort(byFirst);
}

/** Step 5: threads of one subject are one. */
function bySubject(roots: readonly Node[]): Node[] {
  const table = new Map<string, Node>();
  for (const root of roots) {
    const { subject } = factsOf(root);
    if (subject.text === '') continue;
    const known = table.get(subject.text);
    const better = !known || (!root.facts && known.facts) || (known.facts?.subject.reply && !subject.reply);
    if (better) table.set(subject.text, root);
  }
  const merged = new Set<Node>();
  for (const root of roots) {
    const { subject } = factsOf(root);
    const first = table.get(subject.text);
    if (!first || first === root) continue;
    merged.add(root);
    join(first, root, subject.reply);
  }
  const left = roots.filter((root) => !merged.has(root));
  sortAll(left);
  return left;
}

function join(first: Node, other: Node, reply: boolean): void {
  if (!first.facts) {
    if (other.facts) adopt(first, other);
    else for (const child of other.children) adopt(first, { ...child, parent: undefined });
    return;
  }
  if (!other.facts || (reply && !first.facts.subject.reply)) {
    adopt(first, other);
    return;
  }
  // Neither answers the other: both stand below a place of their own.
  const old: Node = { facts: first.facts, parent: first, children: first.children };
  for (const child of old.children) child.parent = old;
  first.facts = undefined;
  first.children = [old];
  adopt(first, other);
}

/** `(1 2 (3)(4 5))`: an only child stands beside its parent, several in parentheses. */
export function formatThreads(roots: readonly Node[], number: (facts: SortFacts) => number): string {
  const out: string[] = [];
  const stack: (Node | string)[] = [];
  const push = (...items: (Node | string)[]): void => {
    for (const item of items.reverse()) stack.push(item);
  };
  push(...roots.flatMap((root) => ['(', root, ')']));
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (typeof item === 'string') {
      out.push(item);
      continue;
    }
    const { facts, children } = item;
    if (facts) out.push(`${number(facts)}`);
    const [only] = children;
    const between = facts && only ? [' '] : [];
    if (children.length === 1 && only) push(...between, only);
    else push(...between, ...children.flatMap((child) => ['(', child, ')']));
  }
  return out.join('');
}
