#!/usr/bin/env python3
"""Tests of what reads disassembled kernels; neither nvcc nor nvdisasm is needed."""

import unittest

import listing
import multiprocessor


def encoded(stall, write=7, read=7, mask=0):
    """The upper half of an instruction's encoding, with what the compiler says to the scheduler alone."""
    return (stall | write << 5 | read << 8 | mask << 11) << 41


# A loop over tiles in one over steps. In the inner one: a call for values far out, two ways to fetch, a branch of diverged
# warps whose instructions stand behind the end.
KERNEL = """
//--------------------- .text.trained            --------------------------
	.section	.text.trained,"ax",@progbits
        .global         trained
trained:
.text.trained:
        /*0000*/                   LDC R1, c[0x0][0x28] ;
        /*0010*/               @P6 EXIT ;
.L_x_0:
        /*0020*/                   IMAD R2, R3, 0x4, R5 ;
.L_x_1:
        /*0030*/                   BRA.DIV UR4, `(.L_x_9) ;
        /*0040*/                   LDS.128 R8, [R2] ;
.L_x_10:
        /*0050*/                   FFMA R4, R8, R9.reuse, R4 ;
        /*0060*/              @!P0 BRA `(.L_x_2) ;
        /*0070*/                   CALL.REL.NOINC `($division) ;
        /*0080*/                   MOV R4, R5 ;
.L_x_2:
        /*0090*/               @P1 BRA `(.L_x_3) ;
        /*00a0*/                   IADD3 R6, R6, 0x1, RZ ;
        /*00b0*/                   ISETP.GE.AND P3, PT, R6, R7, PT ;
        /*00c0*/                   LDG.E R6, desc[UR8][R6.64] ;
        /*00d0*/                   BRA `(.L_x_4) ;
.L_x_3:
        /*00e0*/                   LDG.E.128 R12, desc[UR8][R6.64] ;
.L_x_4:
        /*00f0*/               @P2 BRA `(.L_x_1) ;
        /*0100*/                   MUFU.RSQ R3, R3 ;
        /*0110*/               @P3 BRA P4, `(.L_x_0) ;
        /*0120*/                   DADD R10, R10, R12 ;
        /*0130*/                   EXIT ;
.L_x_9:
        /*0140*/                   LDS.128 R8, [R2] ;
        /*0150*/                   BRA `(.L_x_10) ;
.L_x_11:
        /*0160*/                   BRA `(.L_x_11);
	.section	.nv.info
        /*0000*/                   NOP ;
"""


class ListingTest(unittest.TestCase):
    def setUp(self):
        self.found = listing.functions(KERNEL)
        self.blocks = listing.Blocks(*self.found["trained"])
        self.hot = self.blocks.hottest(None)

    def operations(self, way):
        return [x.operation for x in way]

    def test_instructions(self):
        self.assertEqual(["trained"], list(self.found))
        instructions, labels = self.found["trained"]
        self.assertEqual(23, len(instructions))
        self.assertEqual((0x60, "@!P0", "BRA"), instructions[6][:3])
        self.assertEqual(0x90, instructions[labels[".L_x_2"]].address)

    def test_encodings(self):
        text = KERNEL.replace(
            "LDS.128 R8, [R2] ;",
            "LDS.128 R8, [R2] ;   /* 0x0000000002087984 */\n   /* 0x%016x */" % encoded(3, write=2),
            1,
        )
        instructions, _ = listing.functions(text)["trained"]
        self.assertEqual(23, len(instructions))
        self.assertEqual(encoded(3, write=2), instructions[4].control)

    def test_the_hot_loop_is_the_inner_one(self):
        address = self.blocks.instructions[self.hot].address
        self.assertEqual(0x30, address)
        around = self.blocks.around(self.hot)
        self.assertEqual([0x20], [self.blocks.instructions[h].address for h in around])

    def test_the_way_leaves_out_calls_and_takes_the_shorter_arm(self):
        way = self.blocks.way(self.hot, lambda _: 1, None)
        self.assertEqual(["BRA.DIV", "LDS.128", "FFMA", "BRA", "BRA", "LDG.E.128", "BRA"], self.operations(way))

    def test_an_inner_loop_counts_by_its_rounds(self):
        outer = self.blocks.around(self.hot)[0]
        way = self.operations(self.blocks.way(outer, lambda _: 3, None))
        self.assertEqual(3, way.count("FFMA"))
        self.assertEqual(1, way.count("MUFU.RSQ"))
        self.assertEqual(3 * 7 + 3, len(way))

    def test_computed_jumps_are_refused(self):
        with self.assertRaises(ValueError):
            listing.Blocks(*listing.functions(KERNEL.replace("IMAD R2, R3, 0x4, R5", "BRX R2 -0x30"))["trained"])


class MultiprocessorTest(unittest.TestCase):
    def test_kinds(self):
        kinds = {
            "FFMA.SAT": "fma",
            "IMAD.WIDE.U32": "imad",
            "IADD3.X": "alu",
            "FSETP.GT.AND": "alu",
            "I2FP.F32.S32": "alu",
            "F2FP.TF32.F32.PACK_B": "alu",
            "F2F.F64.F32": "xu",
            "MUFU.EX2": "xu",
            "DFMA": "fp64",
            "HMMA.1688.F32.TF32": "tensor",
            "LDS.U.128": "lsu",
            "LDC.64": "uniform",
            "LDG.E.128": "lsu",
            "STS.64": "lsu",
            "SHFL.BFLY": "shuffle",
            "ULDC.64": "uniform",
            "BAR.SYNC.DEFER_BLOCKING": "control",
            "BSSY": "control",
        }
        self.assertEqual(kinds, {operation: multiprocessor.kind(operation) for operation in kinds})

    def test_cycles_of_shared_memory(self):
        self.assertEqual(2.0, multiprocessor.cycles("LDS.128", False))
        self.assertEqual(4.0, multiprocessor.cycles("LDS.128", True))
        self.assertEqual(4.0, multiprocessor.cycles("STS.128", False))
        self.assertEqual(1.0, multiprocessor.cycles("LDS", False))

    def test_blocks(self):
        # 237 registers are taken as 240: 7,680 of a warp, of which a scheduler's 16,384 hold two.
        self.assertEqual((2, "registers"), multiprocessor.blocks(90, 237, 30_880, 128))
        self.assertEqual((2, "shared memory"), multiprocessor.blocks(75, 32, 30_880, 128))
        self.assertEqual((8, "threads"), multiprocessor.blocks(90, 32, 0, 256))
        self.assertIsNone(multiprocessor.blocks(88, 32, 0, 256))

    def test_reads_of_four_floats_take_four_turns(self):
        way = self.way(("LDS.128", encoded(1)), *[("FFMA", encoded(1))] * 16)
        self.assertEqual(20 / 4, multiprocessor.busy(way, False)["issue"])
        # results/card-h200-2026-11-27/instructions.jsonl: 4.88 to 4.95.
        self.assertAlmostEqual(4.9, multiprocessor.together(way, 4, 30, False) / 16, delta=0.2)

    def way(self, *steps):
        return [listing.Instruction(16 * i, "", operation, "", control) for i, (operation, control) in enumerate(steps)]

    def test_a_warp_waits_for_what_it_needs(self):
        loaded = self.way(("LDS", encoded(1, write=0)), ("FFMA", encoded(4, mask=1)))
        waiting = multiprocessor.together(loaded, 1, 9, False)
        self.assertGreater(waiting, multiprocessor.LATENCY["lsu"])
        # Two warps wait at the same time.
        self.assertLess(multiprocessor.together(loaded, 2, 9, False), 1.2 * waiting)

    def test_a_pipe_takes_one_at_a_time(self):
        functions = self.way(("MUFU.EX2", encoded(1)), ("MUFU.EX2", encoded(1)))
        self.assertAlmostEqual(16, multiprocessor.together(functions, 1, 30, False), delta=1)
        self.assertAlmostEqual(32, multiprocessor.together(functions, 2, 30, False), delta=2)

    def test_counts(self):
        counts = multiprocessor.counts(self.way(("FFMA", 0), ("FFMA", 0), ("LDS.128", 0), ("MOV", 0)))
        self.assertEqual(4, counts["instructions"])
        self.assertEqual({"fma": 2, "alu": 1, "lsu": 1}, counts["pipes"])
        self.assertEqual({"LDS.128": 1}, counts["memory"])


if __name__ == "__main__":
    unittest.main()
