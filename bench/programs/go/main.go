// What Go programs do for a living: JSON, maps, sorts, text, regular expressions, big numbers, hashes, goroutines and garbage.
//
//	go [COUNT]
package main

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/big"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"text/template"
)

var state uint32 = 42

func random(below uint32) uint32 {
	state = state*1664525 + 1013904223
	return uint32(uint64(state) * uint64(below) >> 32)
}

var words = strings.Fields("the quick brown fox jumps over the lazy dog and runs into a river of words that nobody has ever read")

type person struct {
	ID     int            `json:"id"`
	Name   string         `json:"name"`
	Tags   []string       `json:"tags,omitempty"`
	Score  float64        `json:"score"`
	Nested map[string]any `json:"nested"`
}

func people(n int) []person {
	all := make([]person, n)
	for i := range all {
		all[i] = person{i, words[random(uint32(len(words)))], []string{words[i%7], words[i%11]}, float64(random(1000)) / 8,
			map[string]any{"a": nil, "b": true, "c": []any{i, "\u00fc\"\\"}}}
	}
	return all
}

func doJSON() string {
	text, err := json.MarshalIndent(people(300), "", " ")
	if err != nil {
		panic(err)
	}
	var back []person
	if err := json.Unmarshal(text, &back); err != nil {
		panic(err)
	}
	sort.Slice(back, func(i, j int) bool {
		if back[i].Score != back[j].Score {
			return back[i].Score < back[j].Score
		}
		return back[i].ID < back[j].ID
	})
	text, _ = json.Marshal(back)
	return string(text)
}

func doMaps() string {
	counts := map[string]int{}
	for i := 0; i < 20000; i++ {
		counts[words[random(uint32(len(words)))]+strconv.Itoa(int(random(500)))]++
	}
	keys := make([]string, 0, len(counts))
	for key := range counts {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	var out strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&out, "%s=%d,", key, counts[key])
	}
	return out.String()
}

var (
	word  = regexp.MustCompile(`\b([a-z])([a-z]*)\b`)
	dated = regexp.MustCompile(`(\d{4})-(\d\d)-(\d\d)`)
)

func doText() string {
	var out strings.Builder
	for i := 0; i < 1000; i++ {
		fmt.Fprintf(&out, "%s %04d-%02d-%02d ", words[random(uint32(len(words)))], 1900+random(200), 1+random(12), 1+random(28))
	}
	text := dated.ReplaceAllString(out.String(), "$3.$2.$1")
	return word.ReplaceAllStringFunc(text, func(s string) string { return strings.ToUpper(s[:1]) + s[1:] })
}

// Numbers go through stages that run side by side, and come back in any order.
func doGoroutines() string {
	source := make(chan int)
	results := make(chan int, 16)
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range source {
				results <- (n*n + 7) % 10007
			}
		}()
	}
	go func() {
		for i := 0; i < 10000; i++ {
			source <- i
		}
		close(source)
		group.Wait()
		close(results)
	}()
	sum, least := 0, 1<<30
	for n := range results {
		sum += n
		least = min(least, n)
	}
	return fmt.Sprint(sum, least)
}

type node struct {
	left, right *node
	key         uint32
}

func (n *node) insert(key uint32) *node {
	if n == nil {
		return &node{key: key}
	}
	if key < n.key {
		n.left = n.left.insert(key)
	} else if key > n.key {
		n.right = n.right.insert(key)
	}
	return n
}

func (n *node) walk(visit func(uint32)) {
	if n != nil {
		n.left.walk(visit)
		visit(n.key)
		n.right.walk(visit)
	}
}

func doTrees() string {
	var root *node
	for i := 0; i < 20000; i++ {
		root = root.insert(random(1 << 20))
	}
	count, sum := 0, uint64(0)
	root.walk(func(key uint32) { count, sum = count+1, sum*31+uint64(key) })
	return fmt.Sprint(count, sum)
}

func doNumbers() string {
	factorial := big.NewInt(1)
	for i := int64(2); i <= 400; i++ {
		factorial.Mul(factorial, big.NewInt(i))
	}
	const n = 60
	var a, b, c [n][n]float64
	for i := range a {
		for j := range a[i] {
			a[i][j], b[i][j] = float64(random(100)), float64(random(100))
		}
	}
	trace := 0.0
	for i := range a {
		for j := range a[i] {
			for k := range a[i] {
				c[i][j] += a[i][k] * b[k][j]
			}
		}
		trace += c[i][i]
	}
	return fmt.Sprint(factorial, trace)
}

func doBytes() string {
	var packed bytes.Buffer
	writer, _ := flate.NewWriter(&packed, 6)
	plain := []byte(strings.Repeat(strings.Join(words, "-"), 200))
	for i := 0; i < len(plain); i += 37 {
		plain[i] = byte(random(256))
	}
	writer.Write(plain)
	writer.Close()
	back, err := io.ReadAll(flate.NewReader(&packed))
	if err != nil || !bytes.Equal(back, plain) {
		panic("flate")
	}
	return fmt.Sprintf("%x", sha256.Sum256(back))
}

var page = template.Must(template.New("page").Parse(`{{range .}}<li id="{{.ID}}">{{.Name | printf "%8s"}}{{if gt .Score 60.0}} *{{end}}</li>
{{end}}`))

func doTemplate() string {
	var out strings.Builder
	if err := page.Execute(&out, people(200)); err != nil {
		panic(err)
	}
	return out.String()
}

func main() {
	count := 1
	if len(os.Args) > 1 {
		count, _ = strconv.Atoi(os.Args[1])
	}
	parts := []struct {
		name string
		run  func() string
	}{{"json", doJSON}, {"maps", doMaps}, {"text", doText}, {"goroutines", doGoroutines}, {"trees", doTrees},
		{"numbers", doNumbers}, {"bytes", doBytes}, {"template", doTemplate}}
	for _, part := range parts {
		hash := fnv.New64a()
		for i := 0; i < count; i++ {
			io.WriteString(hash, part.run())
		}
		fmt.Printf("%s: %016x\n", part.name, hash.Sum64())
	}
}
