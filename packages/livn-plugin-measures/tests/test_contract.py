from livn_core.testing import CommandContract


class TestMeasure(CommandContract):
    name = "measure"
    examples = [
        ["{system}"],
        ["{system}", "--module", "middle", "--sources", "5", "--bins", "3", "--seed", "2"],
    ]
