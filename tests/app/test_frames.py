from hypothesis import given
from hypothesis import strategies as st

from app.frames import FrameReader, pack
from app.messages import Abandonment, Command, Completion, LoadRefusal, LostRound, Submission, carried
from app.notes import RoundNote
from app.orders import BatchOrder, ErrorPictureOrder, ErrorSheetOrder, ExplanationOrder, PredictionOrder, WordsOrder

SECONDS = st.floats(0, 1e6)
ORDERS = st.one_of(
    st.builds(PredictionOrder, st.booleans()),
    st.builds(BatchOrder, st.booleans(), st.text(max_size=9), st.text(max_size=9)),
    st.builds(ErrorPictureOrder, st.integers(0, 9999), st.integers(1, 16)),
    st.sampled_from([ExplanationOrder(), WordsOrder(), ErrorSheetOrder()]),
)
MESSAGES = st.one_of(
    st.builds(Abandonment, st.integers(0, 2**40), st.text(max_size=20)),
    st.sampled_from(Command),
    st.builds(Completion, st.integers(0, 2**40), st.binary(), st.none(), st.tuples(SECONDS, SECONDS, SECONDS)),
    st.builds(RoundNote, st.lists(SECONDS), st.lists(st.text()), st.lists(st.text()), SECONDS, SECONDS),
    st.builds(LoadRefusal, st.text(max_size=9)),
    st.just(LostRound()),
    st.builds(
        Submission,
        st.integers(0, 2**40),
        st.lists(st.binary(max_size=2000), max_size=3).map(tuple),
        ORDERS,
        st.booleans(),
        SECONDS,
    ),
)


@given(frames=st.lists(st.lists(MESSAGES, max_size=4), max_size=4), piece_bytes=st.integers(1, 3000))
def test_messages_arrive_whole_and_in_order_however_they_are_cut(frames: list[list[object]], piece_bytes: int) -> None:
    stream = b"".join(piece for frame in frames for piece in pack(frame))
    reader = FrameReader()
    arrived = [
        message
        for start in range(0, len(stream), piece_bytes)
        for message in reader.feed(stream[start : start + piece_bytes])
    ]
    sent = [message for frame in frames for message in frame]
    assert arrived == sent
    assert list(map(type, arrived)) == list(map(type, sent))
    orders = [[type(message.order) for message in side if isinstance(message, Submission)] for side in (arrived, sent)]
    assert orders[0] == orders[1]


@given(sizes=st.lists(st.integers(0, 60_000), max_size=4), piece_bytes=st.integers(1000, 100_000))
def test_large_contents_arrive_as_they_were(sizes: list[int], piece_bytes: int) -> None:
    contents = [bytes([place]) * size for place, size in enumerate(sizes)]
    stream = b"".join(pack([Submission(1, carried(contents), PredictionOrder(), False, 0.0), Command.STOP]))
    reader = FrameReader()
    submission, stop = [
        message
        for start in range(0, len(stream), piece_bytes)
        for message in reader.feed(stream[start : start + piece_bytes])
    ]
    assert isinstance(submission, Submission)
    assert list(submission.contents) == contents
    assert all(type(content) is bytes for content in submission.contents)
    assert stop is Command.STOP


def test_large_contents_are_not_copied() -> None:
    content = bytes(1 << 20)
    pieces = pack([Submission(1, carried([content]), PredictionOrder(), False, 0.0)])
    assert pieces[1] is content
    assert len(pieces[0]) < 1000
