import lit.formats

config.name = "bptt-unit"
config.test_format = lit.formats.GoogleTest(".", ".unit")
config.test_source_root = config.unit_dir
config.test_exec_root = config.unit_dir
if config.sanitized:
    config.environment["ASAN_OPTIONS"] = config.asan_options
