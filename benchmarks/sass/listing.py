"""Disassembled kernels: instructions, loops, and the way that a warp takes through a loop.

Reads what `nvdisasm -c -hex` prints of a cubin.
"""

import re
from collections import namedtuple

# address; guard "" or "@P0"; operation "LDS.128"; the rest of the line; the upper half of its encoding.
Instruction = namedtuple("Instruction", "address guard operation operands control")

LINE = re.compile(r"^\s*/\*([0-9a-f]+)\*/\s+(@!?U?P[T0-9]+\s+)?([A-Z][\w.]*)\s*(.*?)\s*;\s*(?:/\* 0x([0-9a-f]{16}) \*/)?\s*$")
UPPER = re.compile(r"^\s*/\* 0x([0-9a-f]{16}) \*/\s*$")
LABEL = re.compile(r"^(\.L[\w.]*|\$?[\w$.]+):\s*$")
TARGET = re.compile(r"`\((.+?)\)")

# A branch that only diverged warps take, to instructions that make up for it.
DIVERGED = ("BRA.DIV", "BRA.CONV")


def functions(text):
    """Of each kernel its instructions, and at which of them a label stands."""
    found, name, labels, instructions = {}, None, {}, []
    for line in text.splitlines():
        section = re.match(r"^\s*\.section\s+\.text\.([\w$]+)", line)
        if section:
            name, labels, instructions = section.group(1), {}, []
            found[name] = instructions, labels
            continue
        if re.match(r"^\s*\.section|^//-+ ", line):
            name = None
        if name is None:
            continue
        label = LABEL.match(line)
        instruction = LINE.match(line)
        upper = UPPER.match(line)
        if label:
            labels[label.group(1)] = len(instructions)
        elif instruction:
            address, guard, operation, operands, _ = instruction.groups()
            instructions.append(Instruction(int(address, 16), (guard or "").strip(), operation, operands, 0))
        elif upper and instructions:
            instructions[-1] = instructions[-1]._replace(control=int(upper.group(1), 16))
    return found


class Blocks:
    """The control flow of a kernel: blocks of instructions by the number of their first one."""

    def __init__(self, instructions, labels):
        self.instructions = instructions
        goes, starts = {}, {0}
        for i, x in enumerate(instructions):
            kind = x.operation.split(".")[0]
            if kind in ("BRX", "JMX", "JMP"):
                raise ValueError(f"a jump to a computed address: {x.operation}")
            if kind == "BRA" and not x.operation.startswith(DIVERGED):
                target = labels[TARGET.search(x.operands).group(1)]
                always = not x.guard and not re.search(r"\bU?P[0-9]", x.operands.split("`")[0])
                goes[i] = [target] if always else [target, i + 1]
                starts |= {target, i + 1}
            elif kind in ("EXIT", "RET", "KILL"):
                goes[i] = [i + 1] if x.guard else []
                starts.add(i + 1)
        starts = sorted(s for s in starts if s < len(instructions))
        self.end = dict(zip(starts, starts[1:] + [len(instructions)]))
        self.next = {s: [t for t in goes.get(e - 1, [e]) if t in self.end] for s, e in self.end.items()}
        order, seen, stack = [], {0}, [(0, iter(self.next[0]))]
        while stack:
            block, rest = stack[-1]
            step = next((t for t in rest if t not in seen), None)
            if step is None:
                order.append(block)
                stack.pop()
            else:
                seen.add(step)
                stack.append((step, iter(self.next[step])))
        self.order = order[::-1]
        self.loops = self._loops()

    def _loops(self):
        """The natural loops: header, and all their blocks."""
        before = {b: [a for a in self.order if b in self.next[a]] for b in self.order}
        dominators = {b: set(self.order) for b in self.order}
        dominators[self.order[0]] = {self.order[0]}
        changed = True
        while changed:
            changed = False
            for b in self.order[1:]:
                new = {b} | set.intersection(*(dominators[a] for a in before[b]))
                changed |= new != dominators[b]
                dominators[b] = new
        loops = {}
        for latch in self.order:
            for header in self.next[latch]:
                if header in dominators[latch]:
                    body, todo = loops.setdefault(header, {header}), [latch]
                    while todo:
                        block = todo.pop()
                        if block not in body:
                            body.add(block)
                            todo += before[block]
        return loops

    def inside(self, header):
        """The loops that lie in one and in no other of those."""
        body = self.loops[header]
        within = [h for h in self.loops if h != header and self.loops[h] <= body]
        return [h for h in within if not any(h != o and self.loops[h] <= self.loops[o] for o in within)]

    def text(self, block):
        return self.instructions[block : self.end[block]]

    def way(self, header, times, avoided):
        """The instructions of one round of a loop, in the order in which a warp takes them.

        times(h): the rounds of the loop with header h that lies in it. Of what is done under a condition the warp does
        all, but calls, which are of values far out, and what matches `avoided`; of two ways it takes the shorter one.
        """
        inner = {b: h for h in self.inside(header) for b in self.loops[h]}
        body = self.loops[header]

        def onward(block):
            blocks = self.loops[block] if block in inner and inner[block] == block else [block]
            steps = []
            for b in blocks:
                for t in self.next[b]:
                    if t in body and t not in blocks and t not in steps:
                        steps.append(t)
            return [t for t in steps if t != header] or [None]

        # Where ways from a block meet again: the blocks that all of them go through.
        order, seen = [], set()

        def visit(block):
            seen.add(block)
            for t in onward(block):
                if t is not None and t not in seen:
                    visit(t)
            order.append(block)

        visit(header)
        through = {None: {None}}
        for b in order:
            through[b] = {b} | set.intersection(*(through[t] for t in onward(b)))
        rank = {b: i for i, b in enumerate(order)}

        def from_to(block, stop):
            taken = []
            while block != stop:
                if inner.get(block) == block:
                    taken += self.way(block, times, avoided) * times(block)
                else:
                    taken += self.text(block)
                steps = onward(block)
                if len(steps) == 1:
                    block = steps[0]
                    continue
                meets = through[block] - {block}
                meet = max(meets, key=lambda b: -1 if b is None else rank[b])
                ways = [from_to(s, meet) for s in steps]
                bad = [any(re.match(r"CALL", x.operation) or avoided and re.match(avoided, x.operation) for x in w) for w in ways]
                good = [w for w, b in zip(ways, bad) if not b] or ways
                if len(good) == 2 and not all(good):
                    good = [max(good, key=len)]
                taken += min(good, key=len)
                block = meet
            return taken

        return from_to(header, None)

    def hottest(self, avoided):
        """The header of the loop with the most multiplications of its own, beside those of loops in it."""
        def own(h):
            way = self.way(h, lambda _: 0, avoided)
            return sum(x.operation.startswith(("FFMA", "HMMA", "FMUL", "FADD", "HFMA2.BF16")) for x in way)

        return max(self.loops, key=own)

    def around(self, header):
        """The loops around one, the nearest first."""
        outer = [h for h in self.loops if h != header and self.loops[header] <= self.loops[h]]
        return sorted(outer, key=lambda h: len(self.loops[h]))
